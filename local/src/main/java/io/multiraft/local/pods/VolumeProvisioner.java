package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.multiraft.local.files.LocalFiles;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An external provisioner of volumes that are folders: makes a volume for each claim of the default
 * class, which the real controller manager then binds, and deletes the folder when it has released
 * the volume.
 */
final class VolumeProvisioner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeProvisioner.class);
  private static final String CLASS_NAME = "local";
  private static final String PROVISIONER = "local.multiraft.io/folder";

  private final KubernetesClient client;
  private final Path folders;
  private final SharedIndexInformer<PersistentVolumeClaim> claims;
  private final SharedIndexInformer<PersistentVolume> volumes;

  /**
   * @param folders where the volumes' folders are made
   */
  VolumeProvisioner(KubernetesClient client, Path folders) {
    this.client = client;
    this.folders = folders;
    makeStorageClass();
    this.claims = client.persistentVolumeClaims().inAnyNamespace().inform(new Claims());
    this.volumes = client.persistentVolumes().inform(new Volumes());
  }

  private void makeStorageClass() {
    client
        .resource(
            new StorageClassBuilder()
                .withNewMetadata()
                .withName(CLASS_NAME)
                .addToAnnotations("storageclass.kubernetes.io/is-default-class", "true")
                .endMetadata()
                .withProvisioner(PROVISIONER)
                .withReclaimPolicy("Delete")
                .withVolumeBindingMode("Immediate")
                .build())
        .unlock()
        .createOr(NonDeletingOperation::update);
  }

  private void provision(PersistentVolumeClaim claim) {
    boolean ours = CLASS_NAME.equals(claim.getSpec().getStorageClassName());
    boolean pending = claim.getStatus() == null || "Pending".equals(claim.getStatus().getPhase());
    if (!ours || !pending || claim.getSpec().getVolumeName() != null) {
      return;
    }
    String name = "local-" + claim.getMetadata().getUid();
    Quantity size = claim.getSpec().getResources().getRequests().get("storage");
    PersistentVolume volume =
        new PersistentVolumeBuilder()
            .withNewMetadata()
            .withName(name)
            .addToAnnotations("pv.kubernetes.io/provisioned-by", PROVISIONER)
            .endMetadata()
            .withNewSpec()
            .withCapacity(Map.of("storage", size))
            .withAccessModes(claim.getSpec().getAccessModes())
            .withPersistentVolumeReclaimPolicy("Delete")
            .withStorageClassName(CLASS_NAME)
            .withNewHostPath()
            .withPath(folder(claim).toString())
            .withType("DirectoryOrCreate")
            .endHostPath()
            .withNewClaimRef()
            .withApiVersion("v1")
            .withKind("PersistentVolumeClaim")
            .withNamespace(claim.getMetadata().getNamespace())
            .withName(claim.getMetadata().getName())
            .withUid(claim.getMetadata().getUid())
            .endClaimRef()
            .endSpec()
            .build();
    try {
      client.resource(volume).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        LOG.warn("claim {}: no volume was made: {}", claim.getMetadata().getName(), e.getMessage());
      }
    }
  }

  private Path folder(PersistentVolumeClaim claim) {
    return folders.resolve(
        claim.getMetadata().getNamespace()
            + "."
            + claim.getMetadata().getName()
            + "."
            + claim.getMetadata().getUid().substring(0, 8));
  }

  private void reclaim(PersistentVolume volume) {
    boolean ours = CLASS_NAME.equals(volume.getSpec().getStorageClassName());
    boolean released =
        volume.getStatus() != null && "Released".equals(volume.getStatus().getPhase());
    if (!ours
        || !released
        || !"Delete".equals(volume.getSpec().getPersistentVolumeReclaimPolicy())
        || volume.getMetadata().getDeletionTimestamp() != null) {
      return;
    }
    Path folder = Path.of(volume.getSpec().getHostPath().getPath()).normalize();
    if (!folder.startsWith(folders)) {
      return;
    }
    try {
      LocalFiles.deleteTree(folder);
      client.resource(volume).delete();
    } catch (IOException | KubernetesClientException e) {
      LOG.warn("volume {}: not deleted: {}", volume.getMetadata().getName(), e.toString());
    }
  }

  @Override
  public void close() {
    claims.close();
    volumes.close();
  }

  private final class Claims implements ResourceEventHandler<PersistentVolumeClaim> {
    @Override
    public void onAdd(PersistentVolumeClaim claim) {
      provision(claim);
    }

    @Override
    public void onUpdate(PersistentVolumeClaim was, PersistentVolumeClaim claim) {
      provision(claim);
    }

    @Override
    public void onDelete(PersistentVolumeClaim claim, boolean unknown) {
      // The controller manager releases the volume.
    }
  }

  private final class Volumes implements ResourceEventHandler<PersistentVolume> {
    @Override
    public void onAdd(PersistentVolume volume) {
      reclaim(volume);
    }

    @Override
    public void onUpdate(PersistentVolume was, PersistentVolume volume) {
      reclaim(volume);
    }

    @Override
    public void onDelete(PersistentVolume volume, boolean unknown) {
      // Nothing is left to do.
    }
  }
}
