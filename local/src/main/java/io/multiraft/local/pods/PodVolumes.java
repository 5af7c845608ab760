package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.multiraft.local.files.LocalFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The volumes of one pod as folders of the host: secrets and config maps as files, claims as the
 * folder of their bound volume, {@code emptyDir} as a folder that ends with the pod.
 */
final class PodVolumes implements PodEnvironment.Values {
  private final KubernetesClient client;
  private final Pod pod;
  private final Path directory;

  /**
   * @param directory of this pod alone
   */
  PodVolumes(KubernetesClient client, Pod pod, Path directory) {
    this.client = client;
    this.pod = pod;
    this.directory = directory;
  }

  /** Makes the folders ready and answers which one stands for each mount path. */
  Map<String, Path> mounts(Container container) throws NotStartable, IOException {
    Map<String, Path> folders = new HashMap<>();
    for (Volume volume : pod.getSpec().getVolumes()) {
      folders.put(volume.getName(), folder(volume));
    }
    Map<String, Path> mounts = new HashMap<>();
    for (VolumeMount mount : container.getVolumeMounts()) {
      Path folder = folders.get(mount.getName());
      mounts.put(
          mount.getMountPath(),
          mount.getSubPath() == null || mount.getSubPath().isEmpty()
              ? folder
              : Files.createDirectories(folder.resolve(mount.getSubPath())));
    }
    return mounts;
  }

  /** Brings files of secrets and config maps up to date while the process runs. */
  void refresh() throws NotStartable, IOException {
    for (Volume volume : pod.getSpec().getVolumes()) {
      if (volume.getSecret() != null || volume.getConfigMap() != null) {
        folder(volume);
      }
    }
  }

  private Path folder(Volume volume) throws NotStartable, IOException {
    Path folder = directory.resolve("volumes").resolve(volume.getName());
    if (volume.getPersistentVolumeClaim() != null) {
      return claimed(volume.getPersistentVolumeClaim().getClaimName());
    }
    if (volume.getEmptyDir() != null) {
      return Files.createDirectories(folder);
    }
    if (volume.getSecret() != null) {
      var source = volume.getSecret();
      Secret secret = secret(source.getSecretName());
      if (secret == null && !Boolean.TRUE.equals(source.getOptional())) {
        throw new NotStartable(
            "ContainerCreating", "secret " + source.getSecretName() + " is not there yet");
      }
      Map<String, byte[]> files = new HashMap<>();
      if (secret != null && secret.getData() != null) {
        secret.getData().forEach((key, value) -> files.put(key, Base64.getDecoder().decode(value)));
      }
      return project(folder, files, source.getItems());
    }
    if (volume.getConfigMap() != null) {
      var source = volume.getConfigMap();
      ConfigMap map = configMap(source.getName());
      if (map == null && !Boolean.TRUE.equals(source.getOptional())) {
        throw new NotStartable(
            "ContainerCreating", "config map " + source.getName() + " is not there yet");
      }
      Map<String, byte[]> files = new HashMap<>();
      if (map != null && map.getData() != null) {
        map.getData()
            .forEach((key, value) -> files.put(key, value.getBytes(StandardCharsets.UTF_8)));
      }
      return project(folder, files, source.getItems());
    }
    throw new NotStartable(
        "CreateContainerConfigError",
        "volume " + volume.getName() + " is of a kind that does not exist here");
  }

  private Path claimed(String name) throws NotStartable, IOException {
    PersistentVolumeClaim claim =
        client.persistentVolumeClaims().inNamespace(namespace()).withName(name).get();
    if (claim == null
        || claim.getStatus() == null
        || !"Bound".equals(claim.getStatus().getPhase())) {
      throw new NotStartable("ContainerCreating", "claim " + name + " is not bound yet");
    }
    PersistentVolume volume =
        client.persistentVolumes().withName(claim.getSpec().getVolumeName()).get();
    if (volume == null || volume.getSpec().getHostPath() == null) {
      throw new NotStartable(
          "ContainerCreating", "claim " + name + " is bound to a volume that is no folder");
    }
    return Files.createDirectories(Path.of(volume.getSpec().getHostPath().getPath()));
  }

  private static Path project(Path folder, Map<String, byte[]> files, List<KeyToPath> items)
      throws IOException {
    Files.createDirectories(folder);
    Map<String, byte[]> wanted = new HashMap<>(files);
    if (items != null && !items.isEmpty()) {
      wanted.clear();
      for (KeyToPath item : items) {
        if (files.containsKey(item.getKey())) {
          wanted.put(item.getPath(), files.get(item.getKey()));
        }
      }
    }
    for (Map.Entry<String, byte[]> entry : wanted.entrySet()) {
      write(folder.resolve(entry.getKey()), entry.getValue());
    }
    return folder;
  }

  private static void write(Path file, byte[] content) throws IOException {
    if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), content)) {
      return;
    }
    Files.createDirectories(file.getParent());
    Path next = file.resolveSibling("." + file.getFileName() + ".next");
    LocalFiles.createPrivate(next);
    Files.write(next, content);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public Optional<String> secret(String name, String key) {
    Secret secret = secret(name);
    return Optional.ofNullable(secret)
        .map(Secret::getData)
        .map(data -> data.get(key))
        .map(value -> new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8));
  }

  @Override
  public Optional<String> configMap(String name, String key) {
    return Optional.ofNullable(configMap(name)).map(ConfigMap::getData).map(data -> data.get(key));
  }

  private Secret secret(String name) {
    return client.secrets().inNamespace(namespace()).withName(name).get();
  }

  private ConfigMap configMap(String name) {
    return client.configMaps().inNamespace(namespace()).withName(name).get();
  }

  private String namespace() {
    return pod.getMetadata().getNamespace();
  }
}
