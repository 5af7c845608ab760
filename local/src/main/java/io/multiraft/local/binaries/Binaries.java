package io.multiraft.local.binaries;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Gets the programs of the control plane: from {@code KUBEBUILDER_ASSETS}, {@code PATH} or the
 * cache; else from the official releases; else built with Go. The last two go into the cache, so
 * that they happen once.
 */
public final class Binaries {
  private final Map<String, String> environment;
  private final Platform platform;
  private final Path cache;
  private final Path goModule;
  private final Releases releases;
  private final Consumer<String> progress;

  /**
   * @param environment of this process
   * @param goModule folder of the Go module of the control plane
   * @param progress gets sentences for people
   */
  public Binaries(Map<String, String> environment, Path goModule, Consumer<String> progress) {
    this(
        environment,
        Platform.current(),
        goModule,
        new Releases(Platform.current(), new Download(progress)),
        progress);
  }

  Binaries(
      Map<String, String> environment,
      Platform platform,
      Path goModule,
      Releases releases,
      Consumer<String> progress) {
    this.environment = Map.copyOf(environment);
    this.platform = platform;
    this.cache = cacheDirectory(environment, platform);
    this.goModule = goModule;
    this.releases = releases;
    this.progress = progress;
  }

  /** The cache for one platform and these versions. */
  static Path cacheDirectory(Map<String, String> environment, Platform platform) {
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    // The specification says that a relative path is to be ignored.
    Path caches =
        xdg.startsWith("/")
            ? Path.of(xdg)
            : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache");
    return caches
        .resolve("multiraft")
        .resolve("kubernetes-%s-%s".formatted(Versions.KUBERNETES, platform));
  }

  /** What is on this machine already; missing ones are absent. */
  public Map<Program, Path> find() {
    Search search = Search.of(environment, cache);
    Map<Program, Path> found = new EnumMap<>(Program.class);
    for (Program program : Program.values()) {
      search.find(program.fileName()).ifPresent(file -> found.put(program, file));
    }
    return found;
  }

  /** A program that is nice to have, such as {@code kubectl}. */
  public Optional<Path> findOptional(String fileName) {
    return Search.of(environment, cache).find(fileName);
  }

  /**
   * All programs, got from elsewhere where they are not here.
   *
   * @throws IOException when there is no way; the message says what was tried and what helps
   */
  public Map<Program, Path> obtain() throws IOException, InterruptedException {
    Map<Program, Path> found = find();
    if (found.size() == Program.values().length) {
      return found;
    }
    Set<Program> missing = EnumSet.allOf(Program.class);
    missing.removeAll(found.keySet());
    progress.accept("not on this machine: " + names(missing) + "; getting them into " + cache);
    Files.createDirectories(cache);
    List<String> attempts = new ArrayList<>();
    if (download(missing, attempts) || build(attempts)) {
      found = find();
    }
    if (found.size() < Program.values().length) {
      throw new IOException(
          "%s: %s. Put them on PATH or name their folder in KUBEBUILDER_ASSETS."
              .formatted(names(missing) + " could not be had", String.join("; ", attempts)));
    }
    return found;
  }

  private boolean download(Set<Program> missing, List<String> attempts)
      throws InterruptedException {
    if (!platform.hasReleases()) {
      attempts.add("there are no official builds for " + platform);
      return false;
    }
    try {
      for (Program program : missing) {
        releases.fetch(program, cache);
      }
      return true;
    } catch (IOException e) {
      String message = "download failed: " + reason(e);
      progress.accept(message);
      attempts.add(message);
      return false;
    }
  }

  private boolean build(List<String> attempts) throws InterruptedException {
    Optional<Path> go = findOptional("go");
    if (go.isEmpty()) {
      attempts.add("there is no Go toolchain to build them with");
      return false;
    }
    try {
      GoBuild build = new GoBuild(go.get(), goModule, progress);
      Optional<String> obstacle = build.obstacle();
      if (obstacle.isPresent()) {
        attempts.add(obstacle.get());
        return false;
      }
      build.build(cache);
      return true;
    } catch (IOException e) {
      attempts.add("build failed: " + reason(e));
      return false;
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static String names(Set<Program> programs) {
    return String.join(", ", programs.stream().map(Program::fileName).toList());
  }
}
