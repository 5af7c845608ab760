package io.multiraft.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.ServerConfig;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members, owners, snapshots and backups as the operator and people with curl ask for them. */
class AdminGroupsIT {
  private static final int GROUP = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private TestCluster cluster;
  private int leader;
  private int follower;

  @BeforeEach
  void start() throws Exception {
    cluster = new TestCluster(directory, 4);
    cluster.addGroup(GROUP, three());
    leader = cluster.awaitLeader(GROUP);
    follower = leader % 3 + 1;
    write("a");
  }

  /**
   * On a busy machine the leader may change at any time; what is written twice does no harm here.
   */
  private void write(String command) throws Exception {
    for (int tries = 1; ; tries++) {
      try {
        cluster.member(leader, GROUP).append(command.getBytes(UTF_8)).get(30, TimeUnit.SECONDS);
        return;
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof RaftException) || tries == 20) {
          throw e;
        }
      }
    }
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private List<ServerConfig> three() {
    return cluster.members().subList(0, 3);
  }

  private HttpRequest.Builder request(int node, String path) {
    InetSocketAddress address = cluster.address(node);
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + address.getPort() + "/v1/groups/" + GROUP + path))
        .header("Authorization", "Bearer " + TestCluster.TOKEN);
  }

  private HttpResponse<String> post(int node, String path, String body) throws Exception {
    return http.send(
        request(node, path).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Asks whoever leads: on a busy machine that may change at any time. */
  private HttpResponse<String> askLeader(Asking asking) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    HttpResponse<String> answer;
    do {
      answer = asking.ask(Math.max(1, cluster.leaderNow(GROUP)));
    } while (answer.body().contains("not-leader") && System.nanoTime() - deadline < 0);
    return answer;
  }

  private interface Asking {
    HttpResponse<String> ask(int node) throws Exception;
  }

  private HttpResponse<String> postToLeader(String path, String body) throws Exception {
    return askLeader(node -> post(node, path, body));
  }

  private HttpResponse<String> deleteAtLeader(String path) throws Exception {
    return askLeader(node -> delete(node, path));
  }

  private long configurationIndex() throws Exception {
    return group(cluster.awaitLeader(GROUP)).get("configurationIndex").asLong();
  }

  private HttpResponse<String> delete(int node, String path) throws Exception {
    return http.send(request(node, path).DELETE().build(), HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode group(int node) throws Exception {
    HttpResponse<String> answer =
        http.send(request(node, "").GET().build(), HttpResponse.BodyHandlers.ofString());
    return JSON.readTree(answer.body());
  }

  private static void assertProblem(HttpResponse<String> answer, int status, String reason)
      throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(JSON.readTree(answer.body()).get("type").asText())
        .isEqualTo("urn:multiraft:" + reason);
  }

  private String add(int serverId, long configurationIndex) {
    ServerConfig server = cluster.learner(4, serverId);
    NodeRef node = NodeRef.fromAux(server.aux()).orElseThrow();
    return """
        {"uid": "uid-1", "configurationIndex": %d, "change": "add", "member":
          {"serverId": %d, "nodeId": 4, "incarnation": "%s", "address": "%s"}}"""
        .formatted(configurationIndex, serverId, node.incarnation(), server.endpoint());
  }

  @Test
  void whoDoesNotLeadNamesWhoDoes() throws Exception {
    HttpResponse<String> answer = post(follower, "/members", add(4, 0));
    if (answer.statusCode() == 200) {
      return; // it has come to lead in between
    }
    JsonNode problem = JSON.readTree(answer.body());
    if (problem.get("type").asText().equals("urn:multiraft:not-leader")) {
      assertThat(problem.get("leader").get("nodeId").asInt()).isBetween(1, 3);
      assertThat(problem.get("leader").get("nodeId").asInt()).isNotEqualTo(follower);
      assertThat(problem.get("leader").get("address").asText()).startsWith("127.0.0.1:");
    } else {
      assertProblem(answer, 409, "stale-configuration");
    }
  }

  @Test
  void aMemberIsAddedPromotedAndRemovedAgainstTheIndexThatIsExpected() throws Exception {
    long index = configurationIndex();
    assertProblem(postToLeader("/members", add(4, index + 70)), 409, "stale-configuration");
    assertProblem(postToLeader("/members", add(2, configurationIndex())), 409, "server-id-used");

    String adding = add(4, configurationIndex());
    cluster.join(4, GROUP, 4, three());
    HttpResponse<String> added = postToLeader("/members", adding);
    assertThat(added.statusCode()).as(added.body()).isEqualTo(200);
    assertThat(JSON.readTree(added.body()).get("members")).hasSize(4);
    assertThat(postToLeader("/members", add(4, index)).statusCode())
        .as("the same again, whatever index it expects")
        .isEqualTo(200);
    cluster.change(GROUP, new io.multiraft.node.raft.MembershipChange.Promote(4));
    assertThat(group(cluster.awaitLeader(GROUP)).get("progress")).hasSize(3);

    String path = "/members/4?uid=uid-1&configurationIndex=" + configurationIndex();
    assertProblem(deleteAtLeader(path.replace("uid-1", "other")), 409, "other-uid");
    HttpResponse<String> removed = deleteAtLeader(path);
    assertThat(removed.statusCode()).as(removed.body()).isEqualTo(200);
    assertThat(JSON.readTree(removed.body()).get("members")).hasSize(3);
    assertThat(deleteAtLeader(path).statusCode()).as("gone already").isEqualTo(200);
  }

  @Test
  void whatIsMalformedIsSaidByName() throws Exception {
    assertProblem(postToLeader("/members", "{\"uid\": \"uid-1\"}"), 400, "bad-request");
    assertProblem(
        postToLeader(
            "/members", "{\"uid\": \"uid-1\", \"configurationIndex\": 1, \"change\": \"promote\"}"),
        400,
        "bad-request");
    assertProblem(
        delete(follower, "/members/x?uid=uid-1&configurationIndex=1"), 400, "bad-request");
    assertProblem(delete(follower, "/members/3?uid=uid-1"), 400, "bad-request");
  }

  @Test
  void anOwnerIsChangedOnceAndStaysChangedAfterARestart() throws Exception {
    String change = "{\"expectedUid\": \"%s\", \"uid\": \"%s\"}";
    assertProblem(post(follower, "/owner", change.formatted("x", "y")), 409, "other-uid");
    for (int twice = 0; twice < 2; twice++) {
      HttpResponse<String> changed = post(follower, "/owner", change.formatted("uid-1", "uid-2"));
      assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
      assertThat(JSON.readTree(changed.body()).get("uid").asText()).isEqualTo("uid-2");
    }
    cluster.stop(follower);
    cluster.start(follower);
    assertThat(group(follower).get("uid").asText()).isEqualTo("uid-2");
  }

  @Test
  void aBackupIsTheFileOfASnapshotThatHasEverythingUpToNow() throws Exception {
    for (int i = 0; i < 300; i++) {
      String command = i + "x".repeat(2_000);
      write(command);
    }
    HttpResponse<byte[]> backup =
        http.send(
            request(follower, "/backup?uid=uid-1").GET().build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(backup.statusCode()).isEqualTo(200);
    long index =
        Long.parseLong(backup.headers().firstValue("Multiraft-Snapshot-Index").orElseThrow());
    assertThat(index).isGreaterThanOrEqualTo(cluster.member(leader, GROUP).status().commitIndex());
    assertThat(group(follower).get("snapshotIndex").asLong()).isEqualTo(index);
    try (Stream<Path> files = Files.list(directory.resolve("node-" + follower + "/snapshots"))) {
      Path file = files.findFirst().orElseThrow();
      assertThat(backup.body()).hasSizeGreaterThan(600_000).isEqualTo(Files.readAllBytes(file));
    }
  }

  @Test
  void aSnapshotIsTakenOnTheNodeThatIsAsked() throws Exception {
    cluster.member(follower, GROUP).readBarrier().get(60, TimeUnit.SECONDS);
    assertThat(group(follower).get("snapshotIndex").asLong()).isZero();
    HttpResponse<String> taken = post(follower, "/snapshot", "{\"uid\": \"uid-1\"}");
    assertThat(taken.statusCode()).as(taken.body()).isEqualTo(200);
    assertThat(JSON.readTree(taken.body()).get("snapshotIndex").asLong()).isPositive();
    assertThat(group(leader).get("snapshotIndex").asLong()).isZero();
  }
}
