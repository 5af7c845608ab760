package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a container's process is told: environment, command and arguments of the pod's spec, with
 * the downward API resolved, {@code $(NAME)} expanded, and paths below a mount replaced by the
 * folder that stands for it, since a process on the host has no mounts of its own.
 */
final class PodEnvironment {
  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\$|\\$\\(([A-Za-z_.-][A-Za-z0-9_.-]*)\\)");
  private static final Pattern KEYED_FIELD =
      Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)'\\]");

  private final Pod pod;
  private final Container container;
  private final PodAddress address;
  private final Map<String, Path> mounts;
  private final Values values;

  /** Reads keys of Secrets and ConfigMaps in the pod's namespace. */
  interface Values {
    Optional<String> secret(String name, String key);

    Optional<String> configMap(String name, String key);
  }

  /**
   * @param mounts the folder behind each mount path of the container
   */
  PodEnvironment(
      Pod pod, Container container, PodAddress address, Map<String, Path> mounts, Values values) {
    this.pod = pod;
    this.container = container;
    this.address = address;
    this.mounts = mounts;
    this.values = values;
  }

  /** The variables of the spec, in order. */
  Map<String, String> variables() throws NotStartable {
    Map<String, String> variables = new LinkedHashMap<>();
    for (EnvVar variable : container.getEnv()) {
      Optional<String> value =
          variable.getValueFrom() == null
              ? Optional.of(expand(Optional.ofNullable(variable.getValue()).orElse(""), variables))
              : resolve(variable);
      value.ifPresent(text -> variables.put(variable.getName(), text));
    }
    variables.replaceAll((name, value) -> onHost(value));
    return variables;
  }

  /** The spec's command, or the image's when it has none, and the arguments. */
  List<String> command(List<String> entrypoint, Map<String, String> variables) {
    List<String> command = new ArrayList<>();
    if (container.getCommand().isEmpty()) {
      command.addAll(entrypoint);
    } else {
      container.getCommand().forEach(word -> command.add(onHost(expand(word, variables))));
    }
    container.getArgs().forEach(word -> command.add(onHost(expand(word, variables))));
    return command;
  }

  private Optional<String> resolve(EnvVar variable) throws NotStartable {
    EnvVarSource source = variable.getValueFrom();
    if (source.getFieldRef() != null) {
      return Optional.of(field(source.getFieldRef().getFieldPath()));
    }
    if (source.getSecretKeyRef() != null) {
      var key = source.getSecretKeyRef();
      return required(
          values.secret(key.getName(), key.getKey()),
          key.getOptional(),
          "secret " + key.getName() + " has no key " + key.getKey());
    }
    if (source.getConfigMapKeyRef() != null) {
      var key = source.getConfigMapKeyRef();
      return required(
          values.configMap(key.getName(), key.getKey()),
          key.getOptional(),
          "config map " + key.getName() + " has no key " + key.getKey());
    }
    throw new NotStartable(
        "CreateContainerConfigError",
        "variable " + variable.getName() + " has a source that does not exist here");
  }

  private static Optional<String> required(Optional<String> value, Boolean optional, String message)
      throws NotStartable {
    if (value.isEmpty() && !Boolean.TRUE.equals(optional)) {
      throw new NotStartable("CreateContainerConfigError", message);
    }
    return value;
  }

  private String field(String path) throws NotStartable {
    Matcher keyed = KEYED_FIELD.matcher(path);
    if (keyed.matches()) {
      Map<String, String> map =
          keyed.group(1).equals("labels")
              ? pod.getMetadata().getLabels()
              : pod.getMetadata().getAnnotations();
      return map == null ? "" : map.getOrDefault(keyed.group(2), "");
    }
    return switch (path) {
      case "metadata.name" -> pod.getMetadata().getName();
      case "metadata.namespace" -> pod.getMetadata().getNamespace();
      case "metadata.uid" -> pod.getMetadata().getUid();
      case "spec.nodeName" -> PodPlayer.NODE_NAME;
      case "spec.serviceAccountName" -> pod.getSpec().getServiceAccountName();
      case "status.podIP", "status.podIPs" -> address.host();
      case "status.hostIP", "status.hostIPs" -> PodPlayer.HOST_ADDRESS;
      default ->
          throw new NotStartable(
              "CreateContainerConfigError", "field " + path + " does not exist here");
    };
  }

  private static String expand(String text, Map<String, String> variables) {
    return REFERENCE
        .matcher(text)
        .replaceAll(
            match -> {
              String name = match.group(1);
              String replacement = name == null ? "$" : variables.getOrDefault(name, match.group());
              return Matcher.quoteReplacement(replacement);
            });
  }

  private String onHost(String text) {
    String result = text;
    List<String> longestFirst =
        mounts.keySet().stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
    for (String mount : longestFirst) {
      String folder = mounts.get(mount).toString();
      result =
          Pattern.compile("(^|[=:, ])" + Pattern.quote(mount) + "(?=$|[/:, ])")
              .matcher(result)
              .replaceAll(match -> Matcher.quoteReplacement(match.group(1) + folder));
      if (!result.equals(text)) {
        return result; // else a mount path that is part of the folder's would be replaced again
      }
    }
    return result;
  }
}
