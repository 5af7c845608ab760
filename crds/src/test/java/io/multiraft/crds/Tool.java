package io.multiraft.crds;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Command line tools that tests run: kubectl, helm, kubeconform. */
final class Tool {
  private static final long TIMEOUT_SECONDS = 120;

  private Tool() {}

  /** What a command answered. */
  record Result(List<String> command, int exitCode, String output, String error) {
    boolean succeeded() {
      return exitCode == 0;
    }

    Result mustSucceed() {
      if (!succeeded()) {
        throw new AssertionError("failed: " + this);
      }
      return this;
    }
  }

  /** Where kube-api-test finds its binaries. */
  static Optional<Path> apiServerDirectory() {
    return Stream.of(
            Optional.ofNullable(System.getenv("KUBE_API_TEST_DIR")).map(Path::of),
            assets().map(assets -> assets.resolveSibling("kube-api-test")))
        .flatMap(Optional::stream)
        .filter(Files::isDirectory)
        .findFirst();
  }

  static boolean apiServerIsPresent() {
    return apiServerDirectory().isPresent();
  }

  private static Optional<Path> assets() {
    return Optional.ofNullable(System.getenv("KUBEBUILDER_ASSETS")).map(Path::of);
  }

  /** Runs a tool to its end; skips the calling test where the tool is absent. */
  static Result run(
      String tool, Map<String, String> environment, String input, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(find(tool).toString());
    command.addAll(List.of(arguments));
    try {
      Path output = Files.createTempFile(tool, ".out");
      Path error = Files.createTempFile(tool, ".err");
      try {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        Process process =
            builder.redirectOutput(output.toFile()).redirectError(error.toFile()).start();
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError("no end after " + TIMEOUT_SECONDS + " s: " + command);
        }
        return new Result(
            command, process.exitValue(), Files.readString(output), Files.readString(error));
      } finally {
        Files.delete(output);
        Files.delete(error);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Path find(String tool) {
    Optional<Path> found =
        Stream.concat(
                Stream.concat(assets().stream(), besideApiServer()),
                Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(Path::of))
            .map(directory -> directory.resolve(tool))
            .filter(Files::isExecutable)
            .findFirst();
    if (found.isEmpty()) {
      String message = "SKIPPED: no " + tool + " in KUBEBUILDER_ASSETS or PATH";
      System.err.println(message);
      Assumptions.abort(message);
    }
    return found.orElseThrow();
  }

  private static Stream<Path> besideApiServer() {
    return apiServerDirectory().stream()
        .flatMap(
            directory -> {
              try (Stream<Path> versions = Files.list(directory.resolve("k8s"))) {
                return versions.toList().stream();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }
}
