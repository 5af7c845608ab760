package io.multiraft.local.tour;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.local.binaries.Binaries;
import io.multiraft.local.binaries.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole tour as users start it, with the node and the operator that the build has made. */
class QuickstartIT {
  private static final Duration LONG = Duration.ofMinutes(4);

  @TempDir Path directory;

  @BeforeAll
  static void needsPrograms() {
    boolean there =
        new Binaries(System.getenv(), Path.of("kube"), System.err::println).find().size()
            == Program.values().length;
    if (!there) {
      System.err.println(
          "SKIPPED: no etcd, kube-apiserver and kube-controller-manager in KUBEBUILDER_ASSETS, PATH"
              + " or the cache; ./quickstart gets them");
    }
    Assumptions.assumeTrue(there, "the control plane's programs are not here");
  }

  @Test
  void everyStepOfTheTourWorksAndNoProcessIsLeft() throws Exception {
    Process tour = start("--once");
    assertThat(tour.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(tour.exitValue()).as(output()).isZero();
    assertThat(output()).contains("3/3", "put hello", "get hello", "leads now", "Every step");
    assertNothingIsLeft();
  }

  @Test
  void aBrokenStepIsSaidAndNoProcessIsLeft() throws Exception {
    Process tour = start("--once", "--repository", directory.resolve("empty").toString());
    assertThat(tour.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(tour.exitValue()).as(output()).isEqualTo(1);
    assertThat(output()).contains("FAILED: the operator is not built", "Logs: ");
    assertNothingIsLeft();
  }

  private Process start(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dlogback.configurationFile=logback-local.xml");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Quickstart.class.getName());
    command.addAll(List.of("--state-dir", directory.resolve("state").toString()));
    command.addAll(List.of(options));
    if (!command.contains("--repository")) {
      command.addAll(List.of("--repository", Path.of("..").toRealPath().toString()));
    }
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("output").toFile())
        .start();
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("output"));
  }

  /** Every process of a run names its state directory, or stands in the file of its children. */
  private void assertNothingIsLeft() throws IOException {
    String state = directory.resolve("state").toString();
    assertThat(Files.readAllLines(directory.resolve("state/run/children.pid"))).isEmpty();
    assertThat(
            ProcessHandle.allProcesses()
                .map(process -> process.info().commandLine().orElse(""))
                .filter(words -> words.contains(state)))
        .isEmpty();
  }
}
