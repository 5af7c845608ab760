package io.multiraft.local.tour;

import io.multiraft.local.files.LocalFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Everything that a run writes, used by one run at a time. */
final class StateDirectory implements AutoCloseable {
  private static final String RUN = "run";

  private final Path directory;
  private final FileChannel lockChannel;

  private StateDirectory(Path directory, FileChannel lockChannel) {
    this.directory = directory;
    this.lockChannel = lockChannel;
  }

  /**
   * Takes the directory for this process.
   *
   * @throws StepFailed when another run uses it
   */
  static StateDirectory lock(Path directory) throws IOException, StepFailed {
    Path run = Files.createDirectories(directory.resolve(RUN));
    Path holder = run.resolve("holder");
    FileChannel channel =
        FileChannel.open(run.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!tryLock(channel)) {
      channel.close();
      String pid = Files.exists(holder) ? Files.readString(holder).strip() : "unknown";
      throw new StepFailed(
          "another quickstart (process %s) is running over %s. End it first, or give this one a"
                  .formatted(pid, directory)
              + " directory of its own with --state-dir DIR.");
    }
    Files.writeString(holder, ProcessHandle.current().pid() + "\n");
    return new StateDirectory(directory, channel);
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // held in this very process, by a test
    }
  }

  /** For what must survive {@link #clear}: process ids and the lock. */
  Path run() {
    return directory.resolve(RUN);
  }

  Path path() {
    return directory;
  }

  /** Forgets an earlier run; its processes must have ended. */
  void clear() throws IOException {
    List<Path> children;
    try (Stream<Path> all = Files.list(directory)) {
      children = all.filter(path -> !path.equals(run())).toList();
    }
    for (Path child : children) {
      LocalFiles.deleteTree(child);
    }
  }

  @Override
  public void close() throws IOException {
    lockChannel.close();
  }
}
