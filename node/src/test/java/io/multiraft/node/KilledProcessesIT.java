package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three real processes, killed with SIGKILL at random moments, one, two or all at once, while
 * clients write to several groups: every acknowledged write is there afterwards.
 */
class KilledProcessesIT {
  private static final String TOKEN = "test-token";
  private static final int NODES = 3;
  private static final int GROUPS = 5;
  private static final int ROUNDS = Integer.getInteger("multiraft.kill.rounds", 6);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Metadata.Key<String> GROUP =
      Metadata.Key.of("multiraft-group", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir Path directory;

  private final long seed = Long.getLong("multiraft.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final int[] ports = new int[NODES];
  private final Process[] processes = new Process[NODES];
  private final List<ManagedChannel> channels = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    Files.writeString(directory.resolve("token"), TOKEN);
    List<ServerSocket> reserved = new ArrayList<>();
    for (int node = 0; node < NODES; node++) {
      reserved.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      ports[node] = reserved.get(node).getLocalPort();
    }
    for (ServerSocket socket : reserved) {
      socket.close();
    }
    for (int node = 0; node < NODES; node++) {
      launch(node);
      channels.add(NettyChannelBuilder.forAddress("127.0.0.1", ports[node]).usePlaintext().build());
    }
    for (int node = 0; node < NODES; node++) {
      awaitAlive(node);
    }
    addGroups();
  }

  @AfterEach
  void stop() throws Exception {
    channels.forEach(ManagedChannel::shutdownNow);
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  private void launch(int node) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    processes[node] =
        new ProcessBuilder(
                java,
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.multiraft.node.Main",
                "--data",
                directory.resolve("data-" + node).toString(),
                "--node-id",
                String.valueOf(node + 1),
                "--listen",
                "127.0.0.1:" + ports[node],
                "--token-file",
                directory.resolve("token").toString(),
                "--plaintext-peers",
                "--election-timeout-millis",
                "500",
                "--heartbeat-millis",
                "50")
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(
                    new File(directory.toFile(), "node-" + node + ".log")))
            .start();
  }

  private void awaitAlive(int node) {
    Awaitility.await("node " + node)
        .atMost(120, TimeUnit.SECONDS)
        .pollInterval(200, TimeUnit.MILLISECONDS)
        .until(
            () -> {
              assertThat(processes[node].isAlive()).as(log(node)).isTrue();
              try {
                return call(node, "GET", "/livez", "").statusCode() == 200;
              } catch (IOException e) {
                return false;
              }
            });
  }

  private String log(int node) throws IOException {
    return Files.readString(directory.resolve("node-" + node + ".log"));
  }

  private HttpResponse<String> call(int node, String method, String path, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + ports[node] + path))
            .header("Authorization", "Bearer " + TOKEN)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private void addGroups() throws Exception {
    ArrayNode members = JSON.createArrayNode();
    for (int node = 0; node < NODES; node++) {
      JsonNode self = JSON.readTree(call(node, "GET", "/v1/node", "").body());
      members
          .addObject()
          .put("serverId", node + 1)
          .put("nodeId", node + 1)
          .put("incarnation", self.get("incarnation").asText())
          .put("address", "127.0.0.1:" + ports[node]);
    }
    ObjectNode many = JSON.createObjectNode();
    for (int group = 1; group <= GROUPS; group++) {
      many.withArray("groups")
          .addObject()
          .put("groupId", group)
          .put("uid", "uid-" + group)
          .put("name", "g" + group)
          .put("namespace", "default")
          .put("mode", "bootstrap")
          .set("members", members);
    }
    for (int node = 0; node < NODES; node++) {
      assertThat(call(node, "PUT", "/v1/groups", many.toString()).body()).doesNotContain("problem");
    }
  }

  private KVGrpc.KVBlockingStub client(int node, int group, int seconds) {
    Metadata headers = new Metadata();
    headers.put(GROUP, String.valueOf(group));
    return KVGrpc.newBlockingStub(channels.get(node))
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(seconds, TimeUnit.SECONDS);
  }

  /** Writes numbers to one group until it is told to stop; remembers what was acknowledged. */
  private final class Writer extends Thread {
    final int group;
    final AtomicBoolean ended;
    final Map<String, String> acknowledged = new ConcurrentHashMap<>();
    final AtomicInteger attempts = new AtomicInteger();

    Writer(int group, AtomicBoolean ended) {
      super("writer-" + group);
      this.group = group;
      this.ended = ended;
    }

    @Override
    public void run() {
      while (!ended.get()) {
        int number = attempts.incrementAndGet();
        try {
          client(number % NODES, group, 10)
              .put(
                  PutRequest.newBuilder()
                      .setKey(ByteString.copyFromUtf8("key-" + number))
                      .setValue(ByteString.copyFromUtf8("value-" + number))
                      .build());
          acknowledged.put("key-" + number, "value-" + number);
        } catch (StatusRuntimeException e) {
          // not acknowledged: it may be there or not
        }
      }
    }
  }

  @Test
  void noAcknowledgedWriteIsLost() throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    List<Writer> writers = new ArrayList<>();
    for (int group = 1; group <= GROUPS; group++) {
      writers.add(new Writer(group, ended));
    }
    writers.forEach(Thread::start);
    for (int round = 0; round < ROUNDS; round++) {
      int written = total(writers);
      Awaitility.await("writes of round " + round + ", seed " + seed)
          .atMost(120, TimeUnit.SECONDS)
          .until(() -> total(writers) >= written + 50);
      Thread.sleep(random.nextInt(200));
      int victims = 1 + random.nextInt(NODES);
      int first = random.nextInt(NODES);
      for (int i = 0; i < victims; i++) {
        processes[(first + i) % NODES].destroyForcibly();
      }
      for (int i = 0; i < victims; i++) {
        int victim = (first + i) % NODES;
        processes[victim].waitFor();
        launch(victim);
      }
      for (int i = 0; i < victims; i++) {
        awaitAlive((first + i) % NODES);
      }
    }
    ended.set(true);
    for (Writer writer : writers) {
      writer.join();
    }
    for (Writer writer : writers) {
      verify(writer);
    }
    endInOrder();
  }

  /** SIGTERM ends a node with exit code 0, and what it led is handed over first. */
  private void endInOrder() throws Exception {
    for (int node = 0; node < NODES; node++) {
      processes[node].destroy();
      assertThat(processes[node].waitFor(60, TimeUnit.SECONDS)).as(log(node)).isTrue();
      assertThat(processes[node].exitValue()).as(log(node)).isZero();
      assertThat(log(node)).contains("Shutting down").endsWith("Stopped\n");
    }
  }

  private static int total(List<Writer> writers) {
    return writers.stream().mapToInt(writer -> writer.acknowledged.size()).sum();
  }

  /** A linearizable read, through each node, sees everything that was acknowledged. */
  private void verify(Writer writer) {
    for (int node = 0; node < NODES; node++) {
      channels.get(node).resetConnectBackoff(); // it may still wait since the node was down
      RangeResponse all =
          client(node, writer.group, 60)
              .withWaitForReady()
              .range(
                  RangeRequest.newBuilder()
                      .setKey(ByteString.copyFromUtf8("key-"))
                      .setRangeEnd(ByteString.copyFromUtf8("key."))
                      .build());
      Map<String, String> found = new ConcurrentHashMap<>();
      all.getKvsList()
          .forEach(kv -> found.put(kv.getKey().toStringUtf8(), kv.getValue().toStringUtf8()));
      assertThat(found).as("seed " + seed).containsAllEntriesOf(writer.acknowledged);
      assertThat(found.size()).isLessThanOrEqualTo(writer.attempts.get());
    }
  }
}
