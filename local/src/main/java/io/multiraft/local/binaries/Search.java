package io.multiraft.local.binaries;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Looks for programs that are on this machine already. */
final class Search {
  private final List<Path> directories;

  private Search(List<Path> directories) {
    this.directories = List.copyOf(directories);
  }

  /**
   * In the order of {@code KUBEBUILDER_ASSETS}, {@code PATH} and the cache.
   *
   * @param environment of this process
   */
  static Search of(Map<String, String> environment, Path cache) {
    List<Path> directories = new ArrayList<>();
    Optional.ofNullable(environment.get("KUBEBUILDER_ASSETS"))
        .filter(text -> !text.isBlank())
        .ifPresent(text -> directories.add(Path.of(text)));
    for (String entry : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
      if (!entry.isBlank()) {
        directories.add(Path.of(entry));
      }
    }
    directories.add(cache);
    return new Search(directories);
  }

  /** The first file of that name that can be run. */
  Optional<Path> find(String fileName) {
    return directories.stream()
        .map(directory -> directory.resolve(fileName))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst()
        .map(Path::toAbsolutePath);
  }
}
