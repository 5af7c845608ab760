package io.multiraft.local.tour;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.multiraft.local.binaries.Program;
import io.multiraft.local.control.ControlPlane;
import io.multiraft.local.control.FreePorts;
import io.multiraft.local.forward.GroupForwarders;
import io.multiraft.local.pods.HostsFile;
import io.multiraft.local.pods.NodeProgram;
import io.multiraft.local.pods.PodAddress;
import io.multiraft.local.pods.PodPlayer;
import io.multiraft.local.process.Child;
import io.multiraft.local.process.Children;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * All that runs: control plane, pods, operator, forwarders. Parts are started one by one; {@link
 * #close} ends those that were, from any thread, once.
 */
final class LocalSystem implements AutoCloseable {
  static final String NODE_IMAGE = "multiraft-node:local";

  private static final String CLUSTER_LABEL = "multiraft.io/cluster";
  private static final String NODE_JAVA_OPTIONS = "-Xmx256m";
  private static final String OPERATOR_JAVA_OPTIONS = "-Xmx256m";
  private static final long OPERATOR_GRACE_MILLIS = 10_000;

  private final Path repository;
  private final Path state;
  private final Children children;
  private ControlPlane controlPlane;
  private KubernetesClient client;
  private PodPlayer player;
  private GroupForwarders forwarders;
  private Child operator;
  private int operatorPort;
  private volatile boolean closing;

  /**
   * @param repository where the modules were built
   * @param state directory of this run
   */
  LocalSystem(Path repository, Path state, Children children) {
    this.repository = repository;
    this.state = state;
    this.children = children;
  }

  /** Starts etcd, API server and controller manager. */
  void startControlPlane(Map<Program, Path> programs) throws IOException, InterruptedException {
    ControlPlane started =
        ControlPlane.start(
            new ControlPlane.Programs(
                List.of(programs.get(Program.ETCD).toString()),
                List.of(programs.get(Program.KUBE_API_SERVER).toString()),
                List.of(programs.get(Program.KUBE_CONTROLLER_MANAGER).toString())),
            state,
            children);
    synchronized (this) {
      controlPlane = started;
      client = started.client();
    }
  }

  /** Begins to run pods. */
  synchronized void startPlayer() throws IOException {
    NodeProgram program =
        new NodeProgram(
            NODE_IMAGE,
            List.of(repository.resolve("bin/multiraft-node").toString()),
            List.of(NODE_JAVA_OPTIONS));
    player = new PodPlayer(client, children, program, new HostsFile(state.resolve("hosts")), state);
  }

  /** Starts the operator as a process of its own. */
  synchronized void startOperator() throws IOException {
    operatorPort = FreePorts.find(1).get(0);
    Map<String, String> environment = new TreeMap<>(System.getenv());
    environment.put("KUBECONFIG", controlPlane.kubeconfig().toString());
    environment.put("MULTIRAFT_NODE_IMAGE", NODE_IMAGE);
    environment.put("MULTIRAFT_HEALTH_PORT", Integer.toString(operatorPort));
    environment.put("JAVA_TOOL_OPTIONS", OPERATOR_JAVA_OPTIONS);
    operator =
        children.start(
            "multiraft-operator",
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                operatorJar().toString()),
            environment,
            state.resolve("logs/operator.log"));
  }

  private Path operatorJar() throws IOException {
    Path target = repository.resolve("operator/target");
    if (Files.isDirectory(target)) {
      try (DirectoryStream<Path> jars =
          Files.newDirectoryStream(target, "multiraft-operator*.jar")) {
        for (Path jar : jars) {
          return jar;
        }
      }
    }
    throw new IOException("the operator is not built: no jar in " + target);
  }

  /** Begins to give each group a local port. */
  synchronized void startForwarders(BiConsumer<String, Integer> opened) {
    forwarders =
        new GroupForwarders(
            client,
            group ->
                readyNodes(group.getMetadata().getNamespace(), group.getSpec().clusterRef().name()),
            opened);
  }

  /** Where the nodes of a cluster listen that are ready now. */
  List<InetSocketAddress> readyNodes(String namespace, String cluster) {
    return player.readyAddresses(namespace, CLUSTER_LABEL, cluster).stream()
        .map(PodAddress::socketAddress)
        .toList();
  }

  KubernetesClient client() {
    return client;
  }

  ControlPlane controlPlane() {
    return controlPlane;
  }

  PodPlayer player() {
    return player;
  }

  GroupForwarders forwarders() {
    return forwarders;
  }

  /** Port of the operator's health endpoints on 127.0.0.1. */
  int operatorPort() {
    return operatorPort;
  }

  /** Whether all of it is being ended, after which nothing that fails is a failure. */
  boolean isClosing() {
    return closing;
  }

  /** A part that should run and does not, with its log. */
  Optional<String> endedPart() {
    if (closing) {
      return Optional.empty();
    }
    if (operator != null && !operator.isAlive()) {
      return Optional.of("the operator ended; see " + operator.logFile());
    }
    return controlPlane.ended().stream().findFirst().map(name -> name + " ended");
  }

  /** Ends nodes first, which hand their leaders over, then the rest. */
  @Override
  public synchronized void close() {
    if (closing) {
      return;
    }
    closing = true;
    if (forwarders != null) {
      forwarders.close();
    }
    if (operator != null) {
      operator.stop(OPERATOR_GRACE_MILLIS);
    }
    if (player != null) {
      player.close();
    }
    if (client != null) {
      client.close();
    }
    if (controlPlane != null) {
      controlPlane.stop();
    }
    children.close();
  }
}
