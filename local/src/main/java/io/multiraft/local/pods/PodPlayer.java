package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.multiraft.local.process.Children;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Plays scheduler and kubelet for all pods of an API server. What a kubelet does beyond that (logs,
 * exec, port-forward, init containers, resource limits, images) does not exist here. Thread-safe.
 */
public final class PodPlayer implements AutoCloseable {
  /** The one Node. */
  public static final String NODE_NAME = "local";

  /** On a pod: id of the process that stands for it. */
  public static final String PID_ANNOTATION = "local.multiraft.io/pid";

  /** On a pod: the file that its process prints to. */
  public static final String LOG_ANNOTATION = "local.multiraft.io/log";

  /** On a pod: the port that its process listens on, which may differ from the one in its spec. */
  public static final String PORT_ANNOTATION = "multiraft.io/port";

  static final String HOST_ADDRESS = "127.0.0.1";

  private static final long CLOSE_TIMEOUT_SECONDS = 25;

  private final KubernetesClient client;
  private final PodApi api;
  private final ContainerRunner runner;
  private final LoopbackAddresses addresses;
  private final Prober prober = new Prober();
  private final Path podsDirectory;
  private final VolumeProvisioner provisioner;
  private final Map<String, PodWorker> workers = new HashMap<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "pod");
            thread.setDaemon(true);
            return thread;
          });
  private final SharedIndexInformer<Pod> pods;

  /**
   * Makes the Node and begins to play.
   *
   * @param state directory of the volumes, the pods' files and their logs
   */
  public PodPlayer(
      KubernetesClient client, Children children, NodeProgram program, HostsFile hosts, Path state)
      throws IOException {
    this.client = client;
    this.api = new PodApi(client);
    this.addresses = new LoopbackAddresses(state.resolve("addresses"));
    this.runner = new ContainerRunner(children, program, hosts, state.resolve("logs"));
    this.podsDirectory = state.resolve("pods");
    makeNode();
    this.provisioner = new VolumeProvisioner(client, state.resolve("volumes"));
    this.pods = client.pods().inAnyNamespace().inform(new PodEvents());
  }

  private void makeNode() {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    Map<String, Quantity> capacity =
        Map.of(
            "cpu",
            new Quantity(Integer.toString(Runtime.getRuntime().availableProcessors())),
            "memory",
            new Quantity("64Gi"),
            "pods",
            new Quantity("110"));
    Node node =
        new NodeBuilder()
            .withNewMetadata()
            .withName(NODE_NAME)
            .addToLabels("kubernetes.io/hostname", NODE_NAME)
            .endMetadata()
            .withNewSpec()
            .endSpec()
            .withNewStatus()
            .withCapacity(capacity)
            .withAllocatable(capacity)
            .addNewAddress(HOST_ADDRESS, "InternalIP")
            .withConditions(
                new NodeConditionBuilder()
                    .withType("Ready")
                    .withStatus("True")
                    .withReason("ProcessesRunHere")
                    .withMessage("pods run as processes of this machine")
                    .withLastHeartbeatTime(now)
                    .withLastTransitionTime(now)
                    .build())
            .endStatus()
            .build();
    client.resource(node).unlock().createOr(NonDeletingOperation::update);
    client.nodes().withName(NODE_NAME).editStatus(found -> withStatusOf(found, node));
    client.nodes().withName(NODE_NAME).edit(PodPlayer::withoutTaints);
  }

  private static Node withStatusOf(Node found, Node node) {
    return new NodeBuilder(found).withStatus(node.getStatus()).build();
  }

  /** The API server taints each new Node until controllers that do not run here have seen it. */
  private static Node withoutTaints(Node found) {
    return new NodeBuilder(found).editSpec().withTaints(List.of()).endSpec().build();
  }

  /** Id of the process that stands for a pod, while it runs. */
  public OptionalLong pid(String namespace, String name) {
    synchronized (workers) {
      PodWorker worker = workers.get(namespace + "/" + name);
      return worker == null ? OptionalLong.empty() : worker.pid();
    }
  }

  /** Where the ready pods with a label listen. */
  public List<PodAddress> readyAddresses(String namespace, String label, String value) {
    synchronized (workers) {
      return workers.values().stream()
          .filter(worker -> worker.namespace().equals(namespace))
          .filter(worker -> value.equals(worker.labels().get(label)))
          .flatMap(worker -> worker.readyAddress().stream())
          .toList();
    }
  }

  /** Ends all processes; the pods stay in the API server, for the next start over its state. */
  @Override
  public void close() {
    pods.close();
    provisioner.close();
    threads.shutdownNow();
    try {
      threads.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void changed(Pod pod) {
    String key = ContainerRunner.key(pod);
    synchronized (workers) {
      PodWorker worker = workers.get(key);
      if (worker != null && worker.uid().equals(pod.getMetadata().getUid())) {
        worker.update(pod);
        return;
      }
      if (worker != null) {
        worker.remove();
      }
      Path directory =
          podsDirectory.resolve(
              pod.getMetadata().getNamespace()
                  + "."
                  + pod.getMetadata().getName()
                  + "."
                  + pod.getMetadata().getUid());
      PodWorker successor =
          new PodWorker(
              pod,
              api,
              runner,
              addresses,
              prober,
              new PodVolumes(client, pod, directory),
              directory,
              Optional.ofNullable(worker));
      workers.put(key, successor);
      threads.execute(successor);
    }
  }

  private void gone(Pod pod) {
    String key = ContainerRunner.key(pod);
    synchronized (workers) {
      PodWorker worker = workers.get(key);
      if (worker != null && worker.uid().equals(pod.getMetadata().getUid())) {
        worker.remove();
      }
    }
  }

  private final class PodEvents implements ResourceEventHandler<Pod> {
    @Override
    public void onAdd(Pod pod) {
      changed(pod);
    }

    @Override
    public void onUpdate(Pod was, Pod pod) {
      changed(pod);
    }

    @Override
    public void onDelete(Pod pod, boolean unknown) {
      gone(pod);
    }
  }
}
