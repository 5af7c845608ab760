package io.multiraft.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The systems, and how each one's processes are started. */
enum SystemKind {
  MULTIRAFT("Multiraft"),
  JRAFT("SOFAJRaft"),
  RATIS("Apache Ratis");

  /**
   * What SOFAJRaft's networking library (an older Netty) needs to use memory outside the heap
   * without cleaners, as it did on Java 8.
   */
  private static final List<String> OLD_NETTY =
      List.of(
          "-Dio.netty.tryReflectionSetAccessible=true",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED");

  private final String title;

  SystemKind(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /**
   * The command of one server.
   *
   * @param home the source tree, built
   * @param id from 1 on
   * @param addresses {@code host:port} of every server, by id
   */
  List<String> serverCommand(Path home, int id, Path data, List<String> addresses, int groups) {
    if (this == MULTIRAFT) {
      return List.of(
          home.resolve("bin/multiraft-node").toString(),
          "--data=" + data,
          "--node-id=" + id,
          "--listen=" + addresses.get(id - 1),
          "--token-file=" + data.resolveSibling(MultiraftAdmin.TOKEN_FILE),
          "--plaintext-peers");
    }
    List<String> command = java(home);
    command.add(
        this == JRAFT
            ? "io.multiraft.bench.jraft.JraftServer"
            : "io.multiraft.bench.ratis.RatisServer");
    command.addAll(List.of(data.toString(), Integer.toString(id), Integer.toString(groups)));
    command.addAll(addresses);
    return command;
  }

  /** The command of the load process. */
  List<String> loadCommand(Path home, List<String> addresses, int groups) {
    List<String> command = java(home);
    command.add(
        switch (this) {
          case MULTIRAFT -> "io.multiraft.bench.multiraft.MultiraftClient";
          case JRAFT -> "io.multiraft.bench.jraft.JraftClient";
          case RATIS -> "io.multiraft.bench.ratis.RatisClient";
        });
    command.add(Integer.toString(groups));
    command.addAll(addresses);
    return command;
  }

  private List<String> java(Path home) {
    Path bench = home.resolve("bench");
    String classPath =
        this == JRAFT
            ? bench.resolve("jraft/target/multiraft-bench-jraft.jar")
                + ":"
                + bench.resolve("jraft/target/lib")
                + "/*"
            : bench.resolve("target/multiraft-bench.jar")
                + ":"
                + bench.resolve("target/lib")
                + "/*";
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+IgnoreUnrecognizedVMOptions");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dlogback.configurationFile=bench-logback.xml"); // the node has one as well
    if (this == JRAFT) {
      command.addAll(OLD_NETTY);
    }
    command.addAll(List.of("-cp", classPath));
    return command;
  }
}
