package io.multiraft.local.binaries;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Builds the control plane as one program from the Go module {@code local/kube}. */
final class GoBuild {
  private static final Pattern VERSION = Pattern.compile("go version go(\\d+)\\.(\\d+)");
  private static final int MAJOR = 1;
  private static final int MINOR = 26;
  private static final long PROGRESS_SECONDS = 15;
  private static final long TIMEOUT_SECONDS = 3_600;

  private final Path go;
  private final Path module;
  private final Consumer<String> progress;

  /**
   * @param go the {@code go} command
   * @param module folder of the Go module
   */
  GoBuild(Path go, Path module, Consumer<String> progress) {
    this.go = go;
    this.module = module;
    this.progress = progress;
  }

  /** Why it cannot be used, or empty. */
  Optional<String> obstacle() throws IOException, InterruptedException {
    if (!Files.exists(module.resolve("go.mod"))) {
      return Optional.of("there is no Go module in " + module);
    }
    Process process = new ProcessBuilder(go.toString(), "version").start();
    String output = new String(process.getInputStream().readAllBytes());
    process.waitFor();
    Matcher version = VERSION.matcher(output);
    if (!version.find()) {
      return Optional.of(go + " does not say its version");
    }
    int major = Integer.parseInt(version.group(1));
    int minor = Integer.parseInt(version.group(2));
    boolean fits = major > MAJOR || major == MAJOR && minor >= MINOR;
    return fits
        ? Optional.empty()
        : Optional.of("Go %d.%d is too old; 1.26 or newer is needed".formatted(major, minor));
  }

  /** Builds, and names the program as each of the three in the folder. */
  void build(Path directory) throws IOException, InterruptedException {
    progress.accept(
        "building Kubernetes %s and etcd %s with Go, once (about 5 minutes on 2 cores)"
            .formatted(Versions.KUBERNETES, Versions.ETCD));
    Files.createDirectories(directory);
    Path program = directory.resolve("control-plane.new");
    Path log = directory.resolve("go-build.log");
    Process process =
        new ProcessBuilder(
                go.toString(),
                "build",
                "-trimpath",
                "-buildvcs=false",
                "-ldflags",
                linkerFlags(),
                "-o",
                program.toString(),
                ".")
            .directory(module.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    // A build that is given up must not go on behind the user's back.
    Thread abandon = new Thread(() -> end(process), "abandon-build");
    Runtime.getRuntime().addShutdownHook(abandon);
    try {
      await(process, log);
    } finally {
      end(process);
    }
    Runtime.getRuntime().removeShutdownHook(abandon);
    for (Program name : Program.values()) {
      Path link = directory.resolve(name.fileName() + ".new");
      Files.deleteIfExists(link);
      Files.createLink(link, program);
      Files.move(
          link,
          directory.resolve(name.fileName()),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    }
    Files.delete(program);
  }

  private void await(Process process, Path log) throws IOException, InterruptedException {
    for (long seconds = 0; seconds < TIMEOUT_SECONDS; seconds += PROGRESS_SECONDS) {
      if (process.waitFor(PROGRESS_SECONDS, TimeUnit.SECONDS)) {
        if (process.exitValue() != 0) {
          throw new IOException("go build failed; see " + log);
        }
        return;
      }
      progress.accept("  still building, %d s".formatted(seconds + PROGRESS_SECONDS));
    }
    throw new IOException("go build did not end within %d s".formatted(TIMEOUT_SECONDS));
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
  }

  private static String linkerFlags() {
    String version = "v" + Versions.KUBERNETES;
    String[] parts = Versions.KUBERNETES.split("\\.");
    return String.join(
        " ",
        List.of(
            "-s -w",
            "-X k8s.io/component-base/version.gitVersion=" + version,
            "-X k8s.io/component-base/version.gitMajor=" + parts[0],
            "-X k8s.io/component-base/version.gitMinor=" + parts[1],
            "-X k8s.io/client-go/pkg/version.gitVersion=" + version));
  }
}
