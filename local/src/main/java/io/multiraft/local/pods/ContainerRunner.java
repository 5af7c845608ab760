package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.multiraft.local.process.Child;
import io.multiraft.local.process.Children;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Starts the process that stands for a pod's container. */
final class ContainerRunner {
  /** Variables of ours that a process needs to start at all. */
  private static final List<String> INHERITED = List.of("PATH", "HOME", "JAVA_HOME", "LANG");

  private static final String JAVA_OPTIONS = "JAVA_TOOL_OPTIONS";
  private static final String LISTEN = "MULTIRAFT_LISTEN";
  private static final String ADVERTISE = "MULTIRAFT_ADVERTISE";
  private static final String PROXY_TRUSTED = "MULTIRAFT_PROXY_TRUSTED";

  private final Children children;
  private final NodeProgram program;
  private final HostsFile hosts;
  private final Path logs;

  ContainerRunner(Children children, NodeProgram program, HostsFile hosts, Path logs) {
    this.children = children;
    this.program = program;
    this.hosts = hosts;
    this.logs = logs;
  }

  /** The file that the pod's process prints to. */
  Path logFile(Pod pod) {
    return logs.resolve(
        pod.getMetadata().getNamespace() + "." + pod.getMetadata().getName() + ".log");
  }

  /**
   * @param directory of this pod, for what ends with it
   */
  Child start(Pod pod, PodAddress address, PodVolumes volumes, Path directory)
      throws NotStartable, IOException {
    Container container = pod.getSpec().getContainers().get(0);
    if (!program.image().equals(container.getImage())) {
      throw new NotStartable(
          "ImageNotRunnable",
          "only pods of the image %s run here, as processes; this one wants %s"
              .formatted(program.image(), container.getImage()));
    }
    Map<String, Path> mounts = volumes.mounts(container);
    PodEnvironment spec = new PodEnvironment(pod, container, address, mounts, volumes);
    Map<String, String> variables = spec.variables();
    List<String> command = spec.command(program.command(), variables);
    hosts.put(key(pod), address.host(), names(pod));
    return children.start(
        key(pod), command, environment(variables, address, directory), logFile(pod));
  }

  private Map<String, String> environment(
      Map<String, String> variables, PodAddress address, Path directory) throws IOException {
    Map<String, String> environment = new TreeMap<>();
    for (String name : INHERITED) {
      Optional.ofNullable(System.getenv(name)).ifPresent(value -> environment.put(name, value));
    }
    environment.putAll(variables);
    // The container's own network would make the wildcard mean this pod's address alone.
    environment.computeIfPresent(LISTEN, (name, was) -> address.host() + ":" + address.port());
    environment.computeIfPresent(
        ADVERTISE, (name, was) -> was.substring(0, was.lastIndexOf(':') + 1) + address.port());
    environment.putIfAbsent(PROXY_TRUSTED, "127.0.0.0/8");
    Path temporary = Files.createDirectories(directory.resolve("tmp"));
    List<String> java = new ArrayList<>();
    Optional.ofNullable(environment.get(JAVA_OPTIONS)).ifPresent(java::add);
    java.add("-Djdk.net.hosts.file=" + hosts.path());
    java.add("-Djava.io.tmpdir=" + temporary);
    java.addAll(program.javaOptions());
    environment.put(JAVA_OPTIONS, String.join(" ", java));
    return environment;
  }

  /** The names that cluster DNS would give the pod. */
  private static List<String> names(Pod pod) {
    String host =
        Optional.ofNullable(pod.getSpec().getHostname()).orElse(pod.getMetadata().getName());
    String subdomain = pod.getSpec().getSubdomain();
    if (subdomain == null || subdomain.isEmpty()) {
      return List.of(host);
    }
    String inNamespace = host + "." + subdomain;
    String qualified = inNamespace + "." + pod.getMetadata().getNamespace();
    return List.of(
        qualified + ".svc.cluster.local", qualified + ".svc", qualified, inNamespace, host);
  }

  static String key(Pod pod) {
    return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
  }
}
