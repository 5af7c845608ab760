package io.multiraft.bench;

import io.multiraft.bench.load.RoundResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One system at work: three server processes and a load process. Between its rounds all four are
 * stopped with SIGSTOP, so that what an idle system costs is not paid by the one that is measured.
 */
final class Cluster implements AutoCloseable {
  static final int SERVERS = 3;
  private static final int STOP_SECONDS = 10;

  /** Longer than the longest election timeout, which is 2 s for every system. */
  private static final int SETTLE_MILLIS = 2_500;

  private final SystemKind kind;
  private final Path directory;
  private final List<String> addresses;
  private final int groups;
  private final List<Process> servers = new ArrayList<>();
  private final Process load;
  private final Writer commands;
  private final BufferedReader answers;

  private Cluster(SystemKind kind, Path home, Path directory, int groups, String serverJavaOptions)
      throws IOException {
    this.kind = kind;
    this.directory = directory;
    this.groups = groups;
    this.addresses = freeAddresses();
    deleteAll(directory); // of a run that was cut off
    Files.createDirectories(directory);
    MultiraftAdmin.writeToken(directory);
    for (int id = 1; id <= SERVERS; id++) {
      Path data = directory.resolve("data-" + id);
      ProcessBuilder server =
          new ProcessBuilder(kind.serverCommand(home, id, data, addresses, groups))
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("server-" + id + ".log").toFile());
      server.environment().put("JAVA_HOME", System.getProperty("java.home"));
      if (!serverJavaOptions.isEmpty()) {
        server.environment().put("JAVA_TOOL_OPTIONS", serverJavaOptions);
      }
      servers.add(server.start());
    }
    load =
        new ProcessBuilder(kind.loadCommand(home, addresses, groups))
            .redirectError(directory.resolve("load.log").toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(this::kill));
    commands = load.outputWriter(StandardCharsets.US_ASCII);
    answers =
        new BufferedReader(new InputStreamReader(load.getInputStream(), StandardCharsets.US_ASCII));
  }

  /** Starts everything and returns when every group takes writes. */
  static Cluster start(
      SystemKind kind, Path home, Path directory, int groups, String serverJavaOptions)
      throws IOException, InterruptedException {
    Cluster cluster = new Cluster(kind, home, directory, groups, serverJavaOptions);
    try {
      if (kind == SystemKind.MULTIRAFT) {
        new MultiraftAdmin(cluster.addresses).createGroups(groups);
      }
      cluster.command("ready");
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  SystemKind kind() {
    return kind;
  }

  int groups() {
    return groups;
  }

  /** One round: what the load saw, and what it cost all the while. */
  Round run(int outstanding, long millis) throws IOException, InterruptedException {
    long serverCpu = serverCpuNanos();
    long loadCpu = ProcessStats.of(load.pid()).cpuNanos();
    long syncs = syncs();
    RoundResult result = RoundResult.parse(command("run " + outstanding + " " + millis));
    double writes = Math.max(1, result.writes());
    return new Round(
        result,
        (serverCpuNanos() - serverCpu) / writes / 1e3,
        (ProcessStats.of(load.pid()).cpuNanos() - loadCpu) / writes / 1e3,
        kind == SystemKind.MULTIRAFT
            ? OptionalDouble.of((syncs() - syncs) / (double) SERVERS / writes)
            : OptionalDouble.empty());
  }

  /** The largest of the servers, by memory. */
  ProcessStats largestServer() throws IOException {
    List<ProcessStats> all = new ArrayList<>();
    for (Process server : servers) {
      all.add(ProcessStats.of(server.pid()));
    }
    return all.stream().max(Comparator.comparingLong(ProcessStats::residentBytes)).orElseThrow();
  }

  /** Reads everything back that was written; throws when something is not as it must be. */
  int verify() throws IOException {
    return Integer.parseInt(command("verify"));
  }

  void tidy() throws IOException {
    command("tidy");
  }

  void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Returns when every group takes writes again. */
  void resume() throws IOException, InterruptedException {
    signal("CONT");
    // clocks have jumped: a leader of before may answer now and give up a moment later
    Thread.sleep(SETTLE_MILLIS);
    command("ready");
  }

  private void signal(String name) throws IOException, InterruptedException {
    if (!signalled(name)) {
      throw new IOException(kind.title() + ": a process is gone, see " + directory);
    }
  }

  /** Whether all processes were there to be signalled. */
  private boolean signalled(String name) throws IOException, InterruptedException {
    List<String> kill = new ArrayList<>(List.of("kill", "-" + name));
    Stream.concat(servers.stream(), Stream.of(load))
        .forEach(process -> kill.add(Long.toString(process.pid())));
    return new ProcessBuilder(kill).inheritIO().start().waitFor() == 0;
  }

  private long serverCpuNanos() throws IOException {
    long nanos = 0;
    for (Process server : servers) {
      nanos += ProcessStats.of(server.pid()).cpuNanos();
    }
    return nanos;
  }

  private long syncs() throws IOException, InterruptedException {
    long syncs = 0;
    if (kind == SystemKind.MULTIRAFT) {
      MultiraftAdmin admin = new MultiraftAdmin(addresses);
      for (String address : addresses) {
        syncs += admin.syncs(address);
      }
    }
    return syncs;
  }

  private String command(String line) throws IOException {
    commands.write(line + "\n");
    commands.flush();
    String answer = answers.readLine();
    if (answer == null || !answer.startsWith("ok")) {
      throw new IOException(
          "%s: '%s' was answered '%s', see %s".formatted(kind.title(), line, answer, directory));
    }
    return answer.substring("ok".length()).trim();
  }

  /** Ends the processes; their data goes, their logs stay. */
  @Override
  public void close() throws IOException {
    List<Process> all = new ArrayList<>(servers);
    all.add(load);
    for (Process process : all) {
      process.destroy();
    }
    try {
      signalled("CONT"); // a paused one would not see that it is to end
      for (Process process : all) {
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      }
    } catch (InterruptedException e) {
      all.forEach(Process::destroyForcibly);
      Thread.currentThread().interrupt();
    }
    for (int id = 1; id <= SERVERS; id++) {
      deleteAll(directory.resolve("data-" + id));
    }
  }

  /** Leaves nothing behind when the command itself is told to end. */
  private void kill() {
    servers.forEach(Process::destroyForcibly);
    load.destroyForcibly();
  }

  private static void deleteAll(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static List<String> freeAddresses() throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket);
      addresses.add("127.0.0.1:" + socket.getLocalPort());
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return addresses;
  }
}
