package io.multiraft.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No child outlives its parent, however the parent ends. */
@Timeout(60)
class ChildrenTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path directory;

  @Test
  void closeEndsThemAll() throws IOException {
    Child first;
    Child second;
    try (Children children = new Children(directory)) {
      first = sleep(children);
      second = sleep(children);
      assertThat(first.isAlive()).isTrue();
    }
    assertThat(first.isAlive()).isFalse();
    assertThat(second.isAlive()).isFalse();
    assertThat(processesNaming(directory.resolve("watchdog.sh"))).isEmpty();
    await()
        .atMost(LONG)
        .until(() -> Files.readAllLines(directory.resolve("children.pid")).isEmpty());
  }

  @Test
  void aChildThatIgnoresTheSignalIsKilledAfterItsGrace() throws Exception {
    try (Children children = new Children(directory)) {
      Path ready = directory.resolve("ready");
      Child stubborn =
          children.start(
              "stubborn",
              List.of("/bin/sh", "-c", "trap '' TERM; : >'" + ready + "'; sleep 1000 & wait; wait"),
              Map.of("PATH", System.getenv("PATH")),
              directory.resolve("log"));
      await().atMost(LONG).until(() -> Files.exists(ready));
      List<ProcessHandle> below = stubborn.process().descendants().toList();
      stubborn.stop(100);
      assertThat(stubborn.isAlive()).isFalse();
      assertThat(stubborn.process().exitValue()).isEqualTo(137);
      below.forEach(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void aKilledParentTakesItsChildrenWithIt() throws Exception {
    Process parent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Parent.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    long pid;
    try (var in = parent.inputReader(StandardCharsets.UTF_8)) {
      pid = Long.parseLong(in.readLine());
      ProcessHandle child = ProcessHandle.of(pid).orElseThrow();
      assertThat(child.isAlive()).isTrue();
      parent.destroyForcibly();
      await().atMost(LONG).until(() -> !child.isAlive());
    }
  }

  @Test
  void theNextStartEndsWhatWasLeftAndNothingElse() throws Exception {
    Process left = new ProcessBuilder("sleep", "1000").start();
    Process stranger = new ProcessBuilder("sleep", "1000").start();
    try {
      long start = left.info().startInstant().orElseThrow().toEpochMilli();
      Files.writeString(
          directory.resolve("children.pid"),
          """
          %d %d etcd
          %d %d somebody-else-by-now
          12
          """
              .formatted(left.pid(), start, stranger.pid(), start - 60_000));
      try (Children children = new Children(directory)) {
        assertThat(children.endedLeftovers()).containsExactly("etcd");
        assertThat(left.isAlive()).isFalse();
        assertThat(stranger.isAlive()).isTrue();
      }
    } finally {
      left.destroyForcibly();
      stranger.destroyForcibly();
    }
  }

  private static List<Long> processesNaming(Path file) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(file.toString()))
        .map(ProcessHandle::pid)
        .toList();
  }

  private Child sleep(Children children) throws IOException {
    return children.start(
        "sleep",
        List.of("sleep", "1000"),
        Map.of("PATH", System.getenv("PATH")),
        directory.resolve("logs/sleep.log"));
  }

  /** A parent that starts a child, says its process id and waits to be killed. */
  static final class Parent {
    private Parent() {}

    public static void main(String[] arguments) throws Exception {
      Path directory = Path.of(arguments[0]);
      Children children = new Children(directory);
      Child child =
          children.start(
              "sleep",
              List.of("sleep", "1000"),
              Map.of("PATH", System.getenv("PATH")),
              directory.resolve("log"));
      System.out.println(child.pid());
      Thread.sleep(Duration.ofMinutes(10).toMillis());
    }
  }
}
