package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Nodes as real processes, each in a namespace of its own, with one group on all of them. */
final class RealCluster implements AutoCloseable {
  private static final String TOKEN = "test-token";
  private static final int PORT = 2379;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Metadata.Key<String> GROUP =
      Metadata.Key.of("multiraft-group", Metadata.ASCII_STRING_MARSHALLER);

  private final Path directory;
  private final TestNetwork network;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Process[] processes;
  private final List<ManagedChannel> channels = new ArrayList<>();

  RealCluster(Path directory, TestNetwork network, int nodes) throws Exception {
    this.directory = directory;
    this.network = network;
    this.processes = new Process[nodes];
    Files.writeString(directory.resolve("token"), TOKEN);
    for (int node = 0; node < nodes; node++) {
      launch(node);
      channels.add(
          NettyChannelBuilder.forAddress(network.address(node), PORT).usePlaintext().build());
    }
    for (int node = 0; node < nodes; node++) {
      awaitAlive(node);
    }
    addGroup();
  }

  int nodes() {
    return processes.length;
  }

  void launch(int node) throws IOException {
    List<String> command = new ArrayList<>(network.prefixOf(node));
    String address = network.address(node) + ":" + PORT;
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx192m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "io.multiraft.node.Main",
            "--data",
            directory.resolve("data-" + node).toString(),
            "--node-id",
            String.valueOf(node + 1),
            "--listen",
            address,
            "--advertise",
            address,
            "--token-file",
            directory.resolve("token").toString(),
            "--plaintext-peers",
            "--election-timeout-millis",
            "500",
            "--heartbeat-millis",
            "50"));
    processes[node] =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(
                    new File(directory.toFile(), "node-" + node + ".log")))
            .start();
  }

  /** SIGKILL. */
  void kill(int node) throws InterruptedException {
    processes[node].destroyForcibly().waitFor();
  }

  /** SIGSTOP or SIGCONT. */
  void signal(int node, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, String.valueOf(processes[node].pid())).start().waitFor();
  }

  void awaitAlive(int node) {
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

  String log(int node) throws IOException {
    return Files.readString(directory.resolve("node-" + node + ".log"));
  }

  private HttpResponse<String> call(int node, String method, String path, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://" + network.address(node) + ":" + PORT + path))
            .timeout(Duration.ofSeconds(30))
            .header("Authorization", "Bearer " + TOKEN)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private void addGroup() throws Exception {
    ArrayNode members = JSON.createArrayNode();
    for (int node = 0; node < nodes(); node++) {
      JsonNode self = JSON.readTree(call(node, "GET", "/v1/node", "").body());
      members
          .addObject()
          .put("serverId", node + 1)
          .put("nodeId", node + 1)
          .put("incarnation", self.get("incarnation").asText())
          .put("address", network.address(node) + ":" + PORT);
    }
    ObjectNode many = JSON.createObjectNode();
    many.withArray("groups")
        .addObject()
        .put("groupId", 1)
        .put("uid", "uid-1")
        .put("name", "g1")
        .put("namespace", "default")
        .put("mode", "bootstrap")
        .set("members", members);
    for (int node = 0; node < nodes(); node++) {
      assertThat(call(node, "PUT", "/v1/groups", many.toString()).body()).doesNotContain("problem");
    }
  }

  /** Calls through this node reach the group. */
  Channel channel(int node) {
    Metadata headers = new Metadata();
    headers.put(GROUP, "1");
    return ClientInterceptors.intercept(
        channels.get(node), MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** A client that waits before it connects again does not: the node may be back. */
  void connectAtOnce() {
    channels.forEach(ManagedChannel::resetConnectBackoff);
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    for (Process process : processes) {
      if (process != null) {
        process.destroyForcibly().onExit().join();
      }
    }
  }
}
