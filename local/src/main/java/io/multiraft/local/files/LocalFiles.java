package io.multiraft.local.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Small acts on files. */
public final class LocalFiles {
  private LocalFiles() {}

  /** Makes an empty file, in place of one that is there, that only its owner can open. */
  public static void createPrivate(Path file) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** Writes a file that only its owner can open. */
  public static void writePrivate(Path file, String text) throws IOException {
    createPrivate(file);
    Files.writeString(file, text);
  }

  /** Deletes a folder with all that is in it; links are deleted, not followed. */
  public static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(directory)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }
}
