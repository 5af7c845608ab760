package io.multiraft.node.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** New content under a name, complete or not there at all. */
final class DurableFiles {
  static final String ASIDE_SUFFIX = ".tmp";

  private DurableFiles() {}

  /** Writes aside, syncs, renames over {@code name}, syncs the directory. */
  static void replace(FileLayer files, Path directory, String name, ByteBuffer content)
      throws IOException {
    try (FileLayer.OpenFile file = createAside(files, directory, name)) {
      file.write(content, 0);
      file.sync();
    }
    publish(files, directory, name);
  }

  /** A new file beside {@code name}; one left from a crash is deleted first. */
  static FileLayer.OpenFile createAside(FileLayer files, Path directory, String name)
      throws IOException {
    String aside = name + ASIDE_SUFFIX;
    if (files.list(directory).contains(aside)) {
      files.delete(directory.resolve(aside));
    }
    return files.create(directory.resolve(aside));
  }

  /** Puts the synced file that was written aside in the place of {@code name}, durably. */
  static void publish(FileLayer files, Path directory, String name) throws IOException {
    files.rename(directory.resolve(name + ASIDE_SUFFIX), directory.resolve(name));
    files.syncDirectory(directory);
  }

  /** Deletes what a crash left written aside. */
  static void deleteLeftovers(FileLayer files, Path directory) throws IOException {
    boolean deleted = false;
    for (String name : files.list(directory)) {
      if (name.endsWith(ASIDE_SUFFIX)) {
        files.delete(directory.resolve(name));
        deleted = true;
      }
    }
    if (deleted) {
      files.syncDirectory(directory);
    }
  }
}
