package io.multiraft.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.PutResponse;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Measures what many groups cost: three node processes with {@code groups} groups on each, on this
 * machine. Prints one line for each figure. Run it as docs/many-groups.md says, in a network
 * namespace of its own, so that the bytes on the loopback device are those of the nodes.
 */
public final class ManyGroups {
  private static final int NODES = 3;
  private static final int CREATED_AT_ONCE = 500;
  private static final int OUTSTANDING = 256;
  private static final String TOKEN = "many-groups";
  private static final long CLOCK_TICKS_PER_SECOND = 100;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Metadata.Key<String> GROUP =
      Metadata.Key.of("multiraft-group", Metadata.ASCII_STRING_MARSHALLER);

  private final int groups;
  private final int idleSeconds;
  private final String[] javaOptions;
  private final Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Process[] processes = new Process[NODES];
  private final int[] ports = new int[NODES];
  private final List<ManagedChannel> channels = new ArrayList<>();

  private ManyGroups(int groups, int idleSeconds, String javaOptions, Path directory) {
    this.groups = groups;
    this.idleSeconds = idleSeconds;
    this.javaOptions = javaOptions.split(" ");
    this.directory = directory;
  }

  /**
   * @param args groups, seconds of idleness to measure, options of the nodes' JVMs (quoted)
   */
  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("many-groups");
    ManyGroups run =
        new ManyGroups(
            Integer.parseInt(args[0]),
            Integer.parseInt(args[1]),
            args.length > 2 ? args[2] : "-Xmx1g",
            directory);
    try {
      run.measure();
    } finally {
      for (Process process : run.processes) {
        if (process != null) {
          process.destroyForcibly().waitFor();
        }
      }
      run.channels.forEach(ManagedChannel::shutdownNow);
    }
  }

  private void measure() throws Exception {
    report("groups on each of three nodes", "%d", groups);
    startAll();
    long heapBefore = liveHeapBytes(0);
    long created = System.nanoTime();
    create();
    report("created after", "%.1f s", secondsSince(created));
    await("leaders of all groups", () -> sumOf("multiraft_groups_led") == groups);
    report("all led after", "%.1f s", secondsSince(created));
    awaitRest();
    report("all at rest after", "%.1f s", secondsSince(created));
    report("until then: processor time of all nodes", "%.1f s", cpuSeconds());
    measureIdle();
    long heapAfter = liveHeapBytes(0);
    report("live heap for each group", "%.1f KiB", (heapAfter - heapBefore) / 1024.0 / groups);
    report("resident memory of a node", "%d MiB", status(0, "VmRSS:") / 1024);
    report("threads of a node", "%d", status(0, "Threads:"));
    writeToAll("a write to each group", IntStream.rangeClosed(1, groups).toArray());
    awaitRest();
    writeToAll("the same again", IntStream.rangeClosed(1, groups).toArray());
    awaitRest();
    measureIdle();
    killOne();
  }

  private void startAll() throws Exception {
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
      awaitAnswer(node, "/livez");
    }
  }

  private void launch(int node) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(javaOptions));
    command.addAll(
        List.of(
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
            "1000",
            "--heartbeat-millis",
            "100"));
    Path log = directory.resolve("node-" + node + ".log");
    processes[node] =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
  }

  private void awaitAnswer(int node, String path) throws Exception {
    await(
        path + " of node " + (node + 1),
        () -> {
          if (!processes[node].isAlive()) {
            throw new IllegalStateException(
                Files.readString(directory.resolve("node-" + node + ".log")));
          }
          try {
            return call(node, "GET", path, "").statusCode() == 200;
          } catch (IOException e) {
            return false;
          }
        });
  }

  private HttpResponse<String> call(int node, String method, String path, String body)
      throws IOException, InterruptedException {
    return http.send(request(node, method, path, body), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest request(int node, String method, String path, String body) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + ports[node] + path))
        .header("Authorization", "Bearer " + TOKEN)
        .method(method, HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private void create() throws Exception {
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
    for (int first = 1; first <= groups; first += CREATED_AT_ONCE) {
      ObjectNode many = JSON.createObjectNode();
      for (int group = first; group < first + CREATED_AT_ONCE && group <= groups; group++) {
        many.withArray("groups")
            .addObject()
            .put("groupId", group)
            .put("uid", "5f0c9a1e-7d3b-4c52-8e6f-%012d".formatted(group))
            .put("name", "group-" + group)
            .put("namespace", "default")
            .put("mode", "bootstrap")
            .set("members", members);
      }
      List<CompletableFuture<HttpResponse<String>>> made = new ArrayList<>();
      for (int node = 0; node < NODES; node++) {
        made.add(
            http.sendAsync(
                request(node, "PUT", "/v1/groups", many.toString()),
                HttpResponse.BodyHandlers.ofString()));
      }
      for (CompletableFuture<HttpResponse<String>> each : made) {
        HttpResponse<String> response = each.get(5, TimeUnit.MINUTES);
        if (response.statusCode() != 200 || response.body().contains("\"problem\"")) {
          throw new IllegalStateException(response.body());
        }
      }
    }
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
    while (!condition.holds()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("in vain: " + what);
      }
      Thread.sleep(50);
    }
  }

  private double metric(int node, String name) throws Exception {
    return call(node, "GET", "/metrics", "")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private double sumOf(String name) throws Exception {
    double sum = 0;
    for (int node = 0; node < NODES; node++) {
      sum += processes[node].isAlive() ? metric(node, name) : 0;
    }
    return sum;
  }

  private void awaitRest() throws Exception {
    await(
        "all groups at rest",
        () -> {
          int alive = (int) java.util.Arrays.stream(processes).filter(Process::isAlive).count();
          return sumOf("multiraft_groups_resting") == (double) alive * groups;
        });
  }

  private void measureIdle() throws Exception {
    Thread.sleep(TimeUnit.SECONDS.toMillis(2));
    long[] before = IntStream.range(0, NODES).mapToLong(this::cpuTicks).toArray();
    long bytes = loopbackBytes();
    long start = System.nanoTime();
    Thread.sleep(TimeUnit.SECONDS.toMillis(idleSeconds));
    double seconds = secondsSince(start);
    long wire = loopbackBytes() - bytes;
    for (int node = 0; node < NODES; node++) {
      double share = (cpuTicks(node) - before[node]) / (double) CLOCK_TICKS_PER_SECOND / seconds;
      report("idle: processor of node " + (node + 1), "%.2f %% of a core", 100 * share);
    }
    report("idle: bytes on the wire, all nodes", "%.0f bytes/s", wire / seconds);
  }

  private double cpuSeconds() {
    return IntStream.range(0, NODES)
            .filter(node -> processes[node].isAlive())
            .mapToLong(this::cpuTicks)
            .sum()
        / (double) CLOCK_TICKS_PER_SECOND;
  }

  private long cpuTicks(int node) {
    try {
      String stat = Files.readString(Path.of("/proc/" + processes[node].pid() + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Includes TCP's and IP's own; every byte passes the loopback device once. */
  private static long loopbackBytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/net/dev")).stream()
        .map(String::trim)
        .filter(line -> line.startsWith("lo:"))
        .mapToLong(line -> Long.parseLong(line.substring(3).trim().split("\\s+")[0]))
        .sum();
  }

  private long status(int node, String field) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + processes[node].pid() + "/status")).stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.substring(field.length()).trim().split("\\s+")[0]))
        .sum();
  }

  /** What is left of the heap after a full collection. */
  private long liveHeapBytes(int node) throws Exception {
    Process histogram =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(processes[node].pid()),
                "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    String text = new String(histogram.getInputStream().readAllBytes());
    histogram.waitFor();
    Files.writeString(directory.resolve("histogram"), text);
    String total = text.lines().filter(line -> line.startsWith("Total")).findFirst().orElse(text);
    return Long.parseLong(total.trim().split("\\s+")[2]);
  }

  /** Completes when every one of these groups has taken a write, whatever has to be tried again. */
  private double writeToAll(String what, int[] targets) throws Exception {
    double cpuBefore = cpuSeconds();
    long start = System.nanoTime();
    Semaphore free = new Semaphore(OUTSTANDING);
    AtomicInteger tries = new AtomicInteger();
    for (int group : targets) {
      free.acquire();
      write(group, group, free, tries);
    }
    free.acquire(OUTSTANDING);
    double seconds = secondsSince(start);
    report(what, "%.2f s", seconds);
    report(what + ", processor time of all nodes", "%.2f s", cpuSeconds() - cpuBefore);
    report(what + ", tries", "%d", tries.get());
    return seconds;
  }

  private void write(int group, int attempt, Semaphore free, AtomicInteger tries) {
    tries.incrementAndGet();
    Metadata headers = new Metadata();
    headers.put(GROUP, String.valueOf(group));
    int node = attempt % NODES;
    while (!processes[node].isAlive()) {
      node = (node + 1) % NODES;
    }
    KVGrpc.newStub(channels.get(node))
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .put(
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8("key"))
                .setValue(ByteString.copyFrom(new byte[256]))
                .build(),
            new StreamObserver<PutResponse>() {
              @Override
              public void onNext(PutResponse response) {
                // the end of the call says that it is done
              }

              @Override
              public void onError(Throwable t) {
                write(group, attempt + 1, free, tries);
              }

              @Override
              public void onCompleted() {
                free.release();
              }
            });
  }

  private void killOne() throws Exception {
    int[] led = ledBy(1);
    report("killed with SIGKILL: a node that leads", "%d groups", led.length);
    processes[0].destroyForcibly().waitFor();
    writeToAll("all of these have taken a write after", led);
    awaitRest();
    report("groups led by the others", "%.0f", sumOf("multiraft_groups_led"));
    long start = System.nanoTime();
    launch(0);
    awaitAnswer(0, "/livez");
    report("started again: alive after", "%.1f s", secondsSince(start));
    awaitAnswer(0, "/readyz");
    report("started again: ready after", "%.1f s", secondsSince(start));
    awaitRest();
    report("started again: all at rest after", "%.1f s", secondsSince(start));
  }

  private int[] ledBy(int nodeId) throws Exception {
    JsonNode all = JSON.readTree(call(nodeId - 1, "GET", "/v1/groups", "").body());
    List<Integer> led = new ArrayList<>();
    for (JsonNode group : all.get("groups")) {
      if (group.path("leaderNodeId").asInt() == nodeId) {
        led.add(group.get("groupId").asInt());
      }
    }
    return led.stream().mapToInt(Integer::intValue).toArray();
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  private static void report(String what, String format, Object value) {
    System.out.printf("%-45s " + format + "%n", what, value);
  }
}
