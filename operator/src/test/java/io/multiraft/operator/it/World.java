package io.multiraft.operator.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.multiraft.crds.ClusterRef;
import io.multiraft.crds.ClusterTls;
import io.multiraft.crds.Condition;
import io.multiraft.crds.GroupService;
import io.multiraft.crds.RaftCluster;
import io.multiraft.crds.RaftClusterSpec;
import io.multiraft.crds.RaftGroup;
import io.multiraft.crds.RaftGroupSpec;
import io.multiraft.operator.MultiraftOperator;
import io.multiraft.operator.OperatorConfig;
import io.multiraft.operator.fake.FakeFleet;
import io.multiraft.operator.fake.FakeNode;
import io.multiraft.operator.observe.AdminClient;
import io.multiraft.operator.observe.ObserveTimings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * One namespace with one cluster of fake nodes, and an operator that looks after it. The test plays
 * the StatefulSet controller and the kubelet.
 */
final class World implements AutoCloseable {
  static final String CLUSTER = "demo";
  static final String IMAGE = "example.org/multiraft-node:1";
  private static final int PORT = 2379;
  private static final AtomicInteger NETWORKS = new AtomicInteger();

  private final ApiServer server;
  private final KubernetesClient client;
  private final String namespace;
  private final FakeFleet fleet = new FakeFleet(CLUSTER, "");
  private final int network = NETWORKS.incrementAndGet();
  private final ExecutorService http = Executors.newCachedThreadPool();
  private Integer replaceAfterSeconds;
  private final Set<Integer> broken = new HashSet<>();
  private String revision = "r1";
  private Duration removalTimeout = Duration.ofSeconds(60);
  private Duration orphanGrace = Duration.ofMinutes(5);
  private String image = IMAGE;
  private MultiraftOperator operator;
  private String operatorToken;
  private Faults faults;

  World() throws IOException {
    this.server = ApiServer.get();
    this.client = server.client();
    this.namespace = ApiServer.newNamespace(client);
  }

  static ConditionFactory soon() {
    return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
  }

  World removalTimeout(Duration timeout) {
    removalTimeout = timeout;
    return this;
  }

  World orphanGrace(Duration grace) {
    orphanGrace = grace;
    return this;
  }

  World replaceAfterSeconds(int seconds) {
    replaceAfterSeconds = seconds;
    return this;
  }

  World image(String defaultImage) {
    image = defaultImage;
    return this;
  }

  /** Runs the operator as a ServiceAccount instead of an administrator. */
  World operatorToken(String token) {
    operatorToken = token;
    return this;
  }

  KubernetesClient client() {
    return client;
  }

  String namespace() {
    return namespace;
  }

  FakeFleet fleet() {
    return fleet;
  }

  Faults faults() {
    return faults;
  }

  void startOperator() {
    startOperator(Faults.none());
  }

  void startOperator(Faults newFaults) {
    faults = newFaults;
    ObjectMapper json = new ObjectMapper();
    OperatorConfig config =
        new OperatorConfig(
            image,
            Set.of(namespace),
            OperatorConfig.AddressKind.POD_IP,
            removalTimeout,
            orphanGrace,
            Duration.ofMillis(500),
            Duration.ofSeconds(3),
            Duration.ofMillis(100),
            new ObserveTimings(
                Duration.ofSeconds(15),
                Duration.ofMillis(20),
                Duration.ofMillis(500),
                Duration.ofSeconds(1)));
    operator =
        new MultiraftOperator(
            operatorToken == null ? server.client(faults) : server.client(operatorToken, faults),
            config,
            faults.around(new AdminClient(http, json)),
            json,
            Optional.empty());
    operator.start();
  }

  void stopOperator() {
    if (operator != null) {
      operator.close();
      operator = null;
    }
  }

  /** A fresh operator takes over from a dead one; always true, for use in waits. */
  boolean reviveWhenDead(Faults first) {
    if (faults == first && first.isDead()) {
      stopOperator();
      startOperator();
    }
    return true;
  }

  /** Makes the operator look at the cluster again. */
  void nudgeCluster() {
    client
        .resources(RaftCluster.class)
        .inNamespace(namespace)
        .withName(CLUSTER)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"nudge\":\"" + System.nanoTime() + "\"}}}");
  }

  void createCluster(int replicas) {
    RaftCluster cluster = new RaftCluster();
    cluster.setMetadata(new ObjectMetaBuilder().withNamespace(namespace).withName(CLUSTER).build());
    cluster.setSpec(
        new RaftClusterSpec(
            replicas,
            null,
            PORT,
            null,
            null,
            new ClusterTls("Disabled"),
            null,
            null,
            replaceAfterSeconds,
            null));
    client.resource(cluster).create();
  }

  void deleteCluster() {
    client.resources(RaftCluster.class).inNamespace(namespace).withName(CLUSTER).delete();
  }

  RaftCluster cluster() {
    return client.resources(RaftCluster.class).inNamespace(namespace).withName(CLUSTER).get();
  }

  StatefulSet statefulSet() {
    return client.apps().statefulSets().inNamespace(namespace).withName(CLUSTER).get();
  }

  /**
   * Waits for the StatefulSet and then does what its controller, scheduler and kubelets would do.
   */
  void runPods() throws IOException {
    soon().until(() -> statefulSet() != null && tokenSecret() != null);
    fleet.setToken(
        new String(
            Base64.getDecoder().decode(tokenSecret().getData().get("token")),
            StandardCharsets.UTF_8));
    StatefulSet set = statefulSet();
    revision = revision(set);
    for (int ordinal = 0; ordinal < set.getSpec().getReplicas(); ordinal++) {
      runPod(ordinal);
    }
  }

  Secret tokenSecret() {
    return client.secrets().inNamespace(namespace).withName(CLUSTER + "-token").get();
  }

  private String host(int ordinal) {
    // Another run of these tests on the machine has other addresses of the loopback network.
    long run = 16 + ProcessHandle.current().pid() % 200;
    return "127." + run + "." + network + "." + (ordinal + 1);
  }

  FakeNode runPod(int ordinal) throws IOException {
    StatefulSet set = statefulSet();
    String name = CLUSTER + "-" + ordinal;
    Map<String, String> labels =
        new HashMap<>(set.getSpec().getTemplate().getMetadata().getLabels());
    labels.put("apps.kubernetes.io/pod-index", Integer.toString(ordinal));
    labels.put("statefulset.kubernetes.io/pod-name", name);
    labels.put("controller-revision-hash", revision);
    FakeNode node = fleet.start(ordinal, host(ordinal), PORT);
    if (client.pods().inNamespace(namespace).withName(name).get() == null) {
      Pod pod =
          new PodBuilder()
              .withNewMetadata()
              .withNamespace(namespace)
              .withName(name)
              .withLabels(labels)
              .endMetadata()
              .withNewSpec()
              .withServiceAccountName(CLUSTER)
              .withAutomountServiceAccountToken(false)
              .addNewContainer()
              .withName("node")
              .withImage(set.getSpec().getTemplate().getSpec().getContainers().get(0).getImage())
              .endContainer()
              .endSpec()
              .build();
      client.resource(pod).create();
    }
    setReady(ordinal, true);
    return node;
  }

  /**
   * Does what the StatefulSet controller and the kubelets would do now: names the revision of the
   * template, and makes the pods that are gone. Always true, for use in waits.
   */
  boolean playPods() {
    StatefulSet set = statefulSet();
    revision = revision(set);
    if (set.getStatus() == null
        || !revision.equals(set.getStatus().getUpdateRevision())
        || !set.getMetadata().getGeneration().equals(set.getStatus().getObservedGeneration())) {
      client
          .apps()
          .statefulSets()
          .inNamespace(namespace)
          .withName(CLUSTER)
          .editStatus(
              one -> {
                one.getStatus().setUpdateRevision(revision);
                one.getStatus().setObservedGeneration(set.getMetadata().getGeneration());
                one.getStatus().setReplicas(set.getSpec().getReplicas());
                return one;
              });
    }
    try {
      for (int ordinal = 0; ordinal < set.getSpec().getReplicas(); ordinal++) {
        if (pod(ordinal) == null) {
          fleet.node(ordinal).stop();
          if (!broken.contains(ordinal)) {
            runPod(ordinal);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return true;
  }

  private static String revision(StatefulSet set) {
    return "r" + Integer.toHexString(set.getSpec().getTemplate().hashCode());
  }

  /** From now on a pod of this ordinal does not get any further than being deleted. */
  void breakPods(int ordinal, boolean on) {
    if (on) {
      broken.add(ordinal);
    } else {
      broken.remove(ordinal);
    }
  }

  /** What the cluster's PodDisruptionBudget allows now. */
  int maxUnavailable() {
    return client
        .policy()
        .v1()
        .podDisruptionBudget()
        .inNamespace(namespace)
        .withName(CLUSTER)
        .get()
        .getSpec()
        .getMaxUnavailable()
        .getIntVal();
  }

  Pod pod(int ordinal) {
    return client.pods().inNamespace(namespace).withName(CLUSTER + "-" + ordinal).get();
  }

  /** Changes the spec of a group or of the cluster. */
  void patchSpec(
      Class<? extends io.fabric8.kubernetes.api.model.HasMetadata> type, String name, String spec) {
    client
        .resources(type)
        .inNamespace(namespace)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":" + spec + "}");
  }

  /** Changes the pod template by way of the spec. */
  void changeImage(String newImage) {
    client
        .resources(RaftCluster.class)
        .inNamespace(namespace)
        .withName(CLUSTER)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"image\":\"" + newImage + "\"}}");
  }

  void setReady(int ordinal, boolean ready) {
    client
        .pods()
        .inNamespace(namespace)
        .withName(CLUSTER + "-" + ordinal)
        .editStatus(
            pod ->
                new PodBuilder(pod)
                    .withNewStatus()
                    .withPhase("Running")
                    .withPodIP(host(ordinal))
                    .addNewPodIP()
                    .withIp(host(ordinal))
                    .endPodIP()
                    .addNewCondition()
                    .withType("Ready")
                    .withStatus(ready ? "True" : "False")
                    .endCondition()
                    .endStatus()
                    .build());
  }

  void deletePod(int ordinal) {
    fleet.node(ordinal).stop();
    client
        .pods()
        .inNamespace(namespace)
        .withName(CLUSTER + "-" + ordinal)
        .withGracePeriod(0)
        .delete();
  }

  void createGroup(String name) {
    createGroup(name, 3, false, RaftGroupSpec.DeletionPolicy.Delete);
  }

  void createGroup(String name, int voters, boolean service, RaftGroupSpec.DeletionPolicy policy) {
    RaftGroup group = new RaftGroup();
    group.setMetadata(new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
    group.setSpec(
        new RaftGroupSpec(
            new ClusterRef(CLUSTER), voters, new GroupService(service), policy, false));
    client.resource(group).create();
  }

  void deleteGroup(String name) {
    client.resources(RaftGroup.class).inNamespace(namespace).withName(name).delete();
  }

  RaftGroup group(String name) {
    return client.resources(RaftGroup.class).inNamespace(namespace).withName(name).get();
  }

  boolean isReady(String name) {
    return condition(name, "Ready")
        .filter(one -> one.status() == Condition.Status.True)
        .isPresent();
  }

  Optional<Condition> condition(String group, String type) {
    RaftGroup found = group(group);
    return found == null || found.getStatus() == null
        ? Optional.empty()
        : found.getStatus().conditions().stream()
            .filter(one -> one.type().equals(type))
            .findFirst();
  }

  Optional<Condition> clusterCondition(String type) {
    RaftCluster found = cluster();
    return found == null || found.getStatus() == null
        ? Optional.empty()
        : found.getStatus().conditions().stream()
            .filter(one -> one.type().equals(type))
            .findFirst();
  }

  List<Event> eventsAbout(String name) {
    return client.v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(event -> event.getInvolvedObject().getName().equals(name))
        .toList();
  }

  /** A cluster whose pods run and whose nodes the operator follows. */
  void startCluster(int replicas) throws IOException {
    createCluster(replicas);
    runPods();
    soon()
        .until(
            () ->
                clusterCondition("Ready")
                    .filter(one -> one.status() == Condition.Status.True)
                    .isPresent());
  }

  /** Waits until the cluster's status shows the nodes' counts. */
  void awaitLeaderCounts(int nodes) {
    soon()
        .until(
            () -> {
              Map<String, Integer> leaders = cluster().getStatus().leaders();
              return leaders != null && leaders.size() == nodes;
            });
  }

  @Override
  public void close() {
    stopOperator();
    fleet.close();
    http.shutdownNow();
    client.close();
  }
}
