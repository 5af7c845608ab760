package io.multiraft.local.tour;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.multiraft.crds.Condition;
import io.multiraft.crds.RaftCluster;
import io.multiraft.crds.RaftGroup;
import io.multiraft.crds.RaftGroupStatus;
import io.multiraft.local.pods.PodPlayer;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The steps of the tour. Each returns only when what it says was seen. */
final class Tour {
  private static final Duration TIMEOUT = Duration.ofSeconds(120);
  private static final String NAMESPACE = "default";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String GROUPS = "/apis/multiraft.io/v1alpha1/namespaces/default/raftgroups";
  private static final String CLUSTERS =
      "/apis/multiraft.io/v1alpha1/namespaces/default/raftclusters";
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("quickstart")
          .withForce(true)
          .build();

  private final LocalSystem system;
  private final KubernetesClient client;
  private final Console console;
  private final Path examples;
  private final Tables tables;
  private final Waiting waiting;

  /**
   * @param system with its control plane started
   * @param examples folder of the resources that are applied
   */
  Tour(LocalSystem system, Console console, Path examples) {
    this.system = system;
    this.client = system.client();
    this.console = console;
    this.examples = examples;
    this.tables = new Tables(client);
    this.waiting = new Waiting(system::endedPart);
  }

  /** All steps; answers the group as it is at the end. */
  RaftGroup run() throws StepFailed, IOException, InterruptedException {
    installResources();
    startOperator();
    String cluster = makeCluster();
    String group = makeGroup(cluster);
    putAndGet(group, "hello", "written through the leader " + leader(group));
    killTheLeader(group);
    return find(RaftGroup.class, group);
  }

  private void installResources() throws StepFailed, IOException, InterruptedException {
    console.step("Installing the resources RaftCluster and RaftGroup");
    for (String plural : List.of("raftclusters", "raftgroups")) {
      String file = "/META-INF/fabric8/" + plural + ".multiraft.io-v1.yml";
      try (InputStream yaml = RaftGroup.class.getResourceAsStream(file)) {
        client.load(yaml).items().forEach(item -> client.resource(item).patch(APPLY));
      }
      waiting.until(
          plural + " were not accepted",
          TIMEOUT,
          () -> Optional.of(plural).filter(name -> isEstablished(name + ".multiraft.io")));
    }
  }

  private boolean isEstablished(String name) {
    CustomResourceDefinition definition =
        client.apiextensions().v1().customResourceDefinitions().withName(name).get();
    return definition != null
        && definition.getStatus() != null
        && definition.getStatus().getConditions() != null
        && definition.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True"));
  }

  private void startOperator() throws StepFailed, IOException, InterruptedException {
    console.step("Starting the operator");
    system.startOperator();
    URI ready = URI.create("http://127.0.0.1:" + system.operatorPort() + "/readyz");
    waiting.until(
        "the operator was not ready",
        TIMEOUT,
        () -> {
          HttpURLConnection connection = (HttpURLConnection) ready.toURL().openConnection();
          return Optional.of(ready).filter(uri -> status(connection) == HttpURLConnection.HTTP_OK);
        });
    system.startForwarders(
        (group, port) ->
            console.say("group %s: etcd's protocol on 127.0.0.1:%d".formatted(group, port)));
  }

  private static int status(HttpURLConnection connection) {
    try {
      return connection.getResponseCode();
    } catch (IOException e) {
      return -1; // not listening yet
    } finally {
      connection.disconnect();
    }
  }

  private String makeCluster() throws StepFailed, IOException, InterruptedException {
    console.step("kubectl apply -f examples/cluster.yaml   # three nodes, each a process here");
    String name = apply("cluster.yaml");
    Set<String> told = new HashSet<>();
    waiting.until(
        "the nodes of cluster " + name + " were not ready",
        TIMEOUT,
        () -> {
          tellOfPods(told);
          RaftCluster cluster = find(RaftCluster.class, name);
          // A status that an earlier run left says nothing of the processes of this one.
          int running = system.readyNodes(NAMESPACE, name).size();
          return Optional.ofNullable(cluster.getStatus())
              .filter(status -> running == cluster.getSpec().replicas())
              .filter(status -> isReady(status.conditions()))
              .filter(status -> isFull(status.ready()));
        });
    tellOfPods(told);
    console.plain(tables.get(CLUSTERS));
    console.plain(tables.get(PODS));
    return name;
  }

  private void tellOfPods(Set<String> told) {
    for (Pod pod : client.pods().inNamespace(NAMESPACE).list().getItems()) {
      String name = pod.getMetadata().getName();
      if (Readiness.isPodReady(pod) && told.add(name)) {
        console.say(
            "%s is ready: process %d, %s:%s"
                .formatted(
                    name,
                    system.player().pid(NAMESPACE, name).orElse(0),
                    pod.getStatus().getPodIP(),
                    pod.getMetadata().getAnnotations().get(PodPlayer.PORT_ANNOTATION)));
      }
    }
  }

  private String makeGroup(String cluster) throws StepFailed, IOException, InterruptedException {
    console.step(
        "kubectl apply -f examples/group.yaml   # a Raft group on the nodes of " + cluster);
    String name = apply("group.yaml");
    awaitGroup(name);
    console.plain(tables.get(GROUPS));
    return name;
  }

  private RaftGroupStatus awaitGroup(String name) throws StepFailed, InterruptedException {
    return waiting.until(
        "group " + name + " did not become ready with a leader",
        TIMEOUT,
        () ->
            Optional.ofNullable(find(RaftGroup.class, name))
                .map(RaftGroup::getStatus)
                .filter(status -> status.leader() != null)
                .filter(status -> isFull(status.ready()) && isReady(status.conditions())));
  }

  private void putAndGet(String group, String key, String value)
      throws StepFailed, InterruptedException {
    console.step("Writing and reading through etcd's protocol");
    int port =
        waiting.until(
            "group " + group + " has no local port",
            TIMEOUT,
            () -> {
              var found = system.forwarders().port(NAMESPACE, group);
              return found.isPresent() ? Optional.of(found.getAsInt()) : Optional.empty();
            });
    try (EtcdClient etcd = new EtcdClient(port)) {
      long revision = waiting.until("no write", TIMEOUT, () -> Optional.of(etcd.put(key, value)));
      console.say("put %s '%s': revision %d".formatted(key, value, revision));
      String found = waiting.until("no read", TIMEOUT, () -> etcd.get(key));
      if (!found.equals(value)) {
        throw new StepFailed("get %s answers '%s' in place of '%s'".formatted(key, found, value));
      }
      console.say("get %s: '%s'".formatted(key, found));
    }
  }

  private void killTheLeader(String group) throws StepFailed, IOException, InterruptedException {
    String leader = leader(group);
    long pid =
        system
            .player()
            .pid(NAMESPACE, leader)
            .orElseThrow(() -> new StepFailed("the leader " + leader + " has no process"));
    int restarts = restarts(find(Pod.class, leader));
    console.step("kill -9 %d   # the process of %s, which leads %s".formatted(pid, leader, group));
    ProcessHandle.of(pid)
        .orElseThrow(() -> new StepFailed("process " + pid + " is gone already"))
        .destroyForcibly();
    String next =
        waiting.until(
            "no other node took over the group " + group,
            TIMEOUT,
            () ->
                Optional.ofNullable(find(RaftGroup.class, group).getStatus())
                    .map(RaftGroupStatus::leader)
                    .filter(name -> !name.equals(leader)));
    console.say("%s leads now".formatted(next));
    putAndGet(group, "after", "written while " + leader + " was gone or coming back");
    awaitReturn(leader, restarts);
    RaftGroupStatus healed = awaitGroup(group);
    console.step(
        "%s is back; %s leads, %s members are ready"
            .formatted(leader, healed.leader(), healed.ready()));
    console.plain(tables.get(GROUPS));
    console.plain(tables.get(PODS));
  }

  private void awaitReturn(String pod, int formerRestarts) throws StepFailed, InterruptedException {
    waiting.until(
        pod + " did not come back",
        TIMEOUT,
        () ->
            Optional.of(find(Pod.class, pod))
                .filter(Readiness::isPodReady)
                .filter(found -> restarts(found) > formerRestarts));
  }

  private static int restarts(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .mapToInt(ContainerStatus::getRestartCount)
        .sum();
  }

  private String leader(String group) throws StepFailed {
    return Optional.ofNullable(find(RaftGroup.class, group).getStatus())
        .map(RaftGroupStatus::leader)
        .orElseThrow(() -> new StepFailed("group " + group + " has lost its leader"));
  }

  private <T extends HasMetadata> T find(Class<T> type, String name) {
    return client.resources(type).inNamespace(NAMESPACE).withName(name).get();
  }

  private String apply(String file) throws StepFailed, IOException {
    try (InputStream yaml = Files.newInputStream(examples.resolve(file))) {
      List<HasMetadata> items = client.load(yaml).items();
      items.forEach(item -> client.resource(item).inNamespace(NAMESPACE).patch(APPLY));
      return items.get(0).getMetadata().getName();
    }
  }

  private static boolean isReady(List<Condition> conditions) {
    return conditions.stream()
        .anyMatch(c -> c.type().equals("Ready") && c.status() == Condition.Status.True);
  }

  /** Whether it says as many as it wants, such as 3/3. */
  private static boolean isFull(String ready) {
    String[] parts = ready == null ? new String[0] : ready.split("/");
    return parts.length == 2 && parts[0].equals(parts[1]) && !parts[0].equals("0");
  }
}
