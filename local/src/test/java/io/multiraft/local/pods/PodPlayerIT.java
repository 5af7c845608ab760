package io.multiraft.local.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.multiraft.local.LocalControlPlane;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A StatefulSet of the real controller manager, its pods played as processes. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PodPlayerIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final String IMAGE = "test/node:1";

  @TempDir static Path state;

  private static LocalControlPlane local;
  private static KubernetesClient client;
  private static PodPlayer player;

  @BeforeAll
  static void start() throws Exception {
    local = LocalControlPlane.start(state);
    client = local.client;
    NodeProgram program =
        new NodeProgram(
            IMAGE,
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                Path.of("target", "test-classes").toAbsolutePath().toString(),
                StandInNode.class.getName()),
            List.of("-Xmx32m"));
    player =
        new PodPlayer(
            client, local.children, program, new HostsFile(state.resolve("hosts")), state);
    try (var yaml = PodPlayerIT.class.getResourceAsStream("/stand-in.yaml")) {
      client.load(yaml).create();
    }
  }

  @AfterAll
  static void stop() {
    if (player != null) {
      player.close();
    }
    if (local != null) {
      local.close();
      assertThat(ProcessHandle.current().descendants().map(PodPlayerIT::words)).isEmpty();
    }
  }

  private static String words(ProcessHandle process) {
    return process.info().commandLine().orElse(process.toString());
  }

  @Test
  @Order(1)
  void podsOfAStatefulSetBecomeReadyWithWhatTheirSpecSays() throws Exception {
    await().atMost(LONG).until(() -> ready("demo-0") && ready("demo-1"));
    Pod pod = pod("demo-1");
    assertThat(pod.getStatus().getPhase()).isEqualTo("Running");
    assertThat(pod.getSpec().getNodeName()).isEqualTo("local");
    assertThat(facts(pod))
        .contains(
            "ordinal=1",
            "token=s3cret",
            "starts=1",
            "advertise=demo-1.demo-nodes.default.svc:2379",
            "resolved=" + pod.getStatus().getPodIP());
    await()
        .atMost(LONG)
        .until(
            () -> {
              var set = client.apps().statefulSets().inNamespace("default").withName("demo").get();
              return set.getStatus().getReadyReplicas() != null
                  && set.getStatus().getReadyReplicas() == 2;
            });
    assertThat(player.readyAddresses("default", "app", "demo")).hasSize(2);
  }

  @Test
  @Order(2)
  void aKilledProcessIsStartedAgainOverItsVolume() throws Exception {
    long pid = player.pid("default", "demo-0").orElseThrow();
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    await().atMost(LONG).until(() -> restarts("demo-0") == 1 && ready("demo-0"));
    assertThat(player.pid("default", "demo-0").orElseThrow()).isNotEqualTo(pid);
    assertThat(facts(pod("demo-0"))).contains("starts=2");
    assertThat(
            pod("demo-0")
                .getStatus()
                .getContainerStatuses()
                .get(0)
                .getLastState()
                .getTerminated()
                .getExitCode())
        .isEqualTo(137);
  }

  @Test
  @Order(3)
  void aDeletedPodEndsAndItsSuccessorFindsTheVolume() throws Exception {
    String uid = pod("demo-0").getMetadata().getUid();
    ProcessHandle process =
        ProcessHandle.of(player.pid("default", "demo-0").orElseThrow()).orElseThrow();
    client.pods().inNamespace("default").withName("demo-0").delete();
    await()
        .atMost(LONG)
        .until(
            () -> {
              Pod now = pod("demo-0");
              return now != null
                  && !now.getMetadata().getUid().equals(uid)
                  && Readiness.isPodReady(now);
            });
    assertThat(process.isAlive()).isFalse();
    assertThat(facts(pod("demo-0"))).contains("starts=3");
  }

  @Test
  @Order(4)
  void aPodOfAnotherImageWaitsAndSaysWhy() {
    client
        .pods()
        .inNamespace("default")
        .resource(
            client.pods().load(PodPlayerIT.class.getResourceAsStream("/other-image.yaml")).item())
        .create();
    await()
        .atMost(LONG)
        .until(
            () ->
                pod("other").getStatus().getContainerStatuses().stream()
                    .anyMatch(
                        status ->
                            status.getState().getWaiting() != null
                                && status
                                    .getState()
                                    .getWaiting()
                                    .getReason()
                                    .equals("ImageNotRunnable")));
    client.pods().inNamespace("default").withName("other").delete();
    await().atMost(LONG).until(() -> pod("other") == null);
  }

  @Test
  @Order(5)
  void deletingTheSetAndItsClaimsLeavesNothing() throws IOException {
    client.apps().statefulSets().inNamespace("default").withName("demo").delete();
    await()
        .atMost(LONG)
        .until(() -> client.pods().inNamespace("default").list().getItems().isEmpty());
    client.persistentVolumeClaims().inNamespace("default").delete();
    await().atMost(LONG).until(() -> client.persistentVolumes().list().getItems().isEmpty());
    try (Stream<Path> folders = Files.list(state.resolve("volumes"))) {
      assertThat(folders).isEmpty();
    }
    try (Stream<Path> folders = Files.list(state.resolve("pods"))) {
      assertThat(folders).isEmpty();
    }
  }

  private static Pod pod(String name) {
    return client.pods().inNamespace("default").withName(name).get();
  }

  private static boolean ready(String name) {
    Pod pod = pod(name);
    return pod != null && Readiness.isPodReady(pod);
  }

  private static int restarts(String name) {
    return pod(name).getStatus().getContainerStatuses().get(0).getRestartCount();
  }

  private static List<String> facts(Pod pod) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + pod.getStatus().getPodIP() + ":2379/facts"))
            .build();
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.ofString())
        .body()
        .lines()
        .toList();
  }
}
