package io.multiraft.bench;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What no replicated write can beat: a follower's sync while the other two servers sync as well,
 * and two round trips (client to leader, leader to follower). Measured with three processes that
 * sync and answer, and a client.
 *
 * @param syncMicros p50 of a write of 300 bytes into zeros and its {@code fdatasync}
 * @param roundTripMicros p50 of 300 bytes there and one back over loopback, between processes
 */
record Floor(double syncMicros, double roundTripMicros) {
  private static final int PROBES = 3;
  private static final int COUNT = 1_000;
  private static final int WARM_UP = 200;
  private static final int BYTES = 300;
  private static final int FILE_BYTES = 1 << 20;

  double micros() {
    return syncMicros + 2 * roundTripMicros;
  }

  static Floor measure(Path home, Path directory) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    List<Process> probes = new ArrayList<>();
    try {
      for (int i = 0; i < PROBES; i++) {
        probes.add(start(home, directory.resolve("floor-" + i)));
      }
      List<BufferedReader> answers = new ArrayList<>();
      for (Process probe : probes) {
        answers.add(
            new BufferedReader(
                new InputStreamReader(probe.getInputStream(), StandardCharsets.US_ASCII)));
      }
      double roundTrip = 0;
      for (BufferedReader answer : answers) {
        roundTrip += roundTripMicros(Integer.parseInt(answer.readLine())) / PROBES;
      }
      for (Process probe : probes) {
        probe.getOutputStream().write('\n');
        probe.getOutputStream().flush();
      }
      double sync = 0;
      for (BufferedReader answer : answers) {
        sync += Double.parseDouble(answer.readLine()) / PROBES;
      }
      return new Floor(sync, roundTrip);
    } finally {
      probes.forEach(Process::destroyForcibly);
    }
  }

  private static Process start(Path home, Path file) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            home.resolve("bench/target/multiraft-bench.jar").toString(),
            Floor.class.getName(),
            file.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static double roundTripMicros(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] request = new byte[BYTES];
      return p50Micros(
          () -> {
            socket.getOutputStream().write(request);
            in.readByte();
          });
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private static double p50Micros(Step step) throws IOException {
    double[] micros = new double[COUNT];
    for (int i = -WARM_UP; i < COUNT; i++) {
      long start = System.nanoTime();
      step.run();
      if (i >= 0) {
        micros[i] = (System.nanoTime() - start) / 1e3;
      }
    }
    Arrays.sort(micros);
    return micros[COUNT / 2];
  }

  /** One probe: answers one connection, then at a byte on its input syncs and prints the p50. */
  public static void main(String[] args) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      System.out.println(server.getLocalPort());
      try (Socket socket = server.accept()) {
        echo(socket);
      }
    }
    System.in.read();
    Path file = Path.of(args[0]);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocateDirect(FILE_BYTES));
      channel.force(true);
      channel.position(0);
      ByteBuffer record = ByteBuffer.allocateDirect(BYTES);
      System.out.println(
          p50Micros(
              () -> {
                channel.write(record.clear());
                channel.force(false);
              }));
    }
    Files.delete(file);
  }

  private static void echo(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    byte[] request = new byte[BYTES];
    for (int i = -WARM_UP; i < COUNT; i++) {
      in.readFully(request);
      out.writeByte(1);
    }
  }
}
