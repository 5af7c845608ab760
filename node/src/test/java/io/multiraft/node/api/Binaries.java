package io.multiraft.node.api;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** etcd's programs from KUBEBUILDER_ASSETS or the PATH. */
public final class Binaries {
  /** What a program printed and how it ended. */
  public record Output(int exitCode, String text) {}

  private Binaries() {}

  /** The program, or a loud skip of the test. */
  public static Path require(String name) {
    Optional<Path> found =
        Stream.concat(
                Stream.ofNullable(System.getenv("KUBEBUILDER_ASSETS")),
                Stream.of(System.getenv("PATH").split(File.pathSeparator)))
            .map(folder -> Path.of(folder, name))
            .filter(Files::isExecutable)
            .findFirst();
    if (found.isEmpty()) {
      System.err.println("SKIPPED: no " + name + " in KUBEBUILDER_ASSETS or on the PATH");
    }
    assumeTrue(found.isPresent(), "no " + name + " in KUBEBUILDER_ASSETS or on the PATH");
    return found.get();
  }

  /** Runs a program to its end without input. */
  public static Output run(Path program, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Process process = builder.start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Output(process.waitFor(), text);
  }
}
