package io.multiraft.node.log;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Whether the disk still has the space that is kept for what must not fail (node rule 14). Asks the
 * file system each time a certain amount was written, and when somebody wants to know. Any thread.
 */
final class FreeSpace {
  private static final long CHECK_BYTES = 1 << 20;

  private final FileLayer files;
  private final Path directory;
  private final long reserveBytes;
  private long uncheckedBytes;
  private volatile boolean isShort;

  FreeSpace(FileLayer files, Path directory, long reserveBytes) {
    this.files = files;
    this.directory = directory;
    this.reserveBytes = reserveBytes;
  }

  boolean isShort() {
    return isShort;
  }

  /** The writer has used up some; also asks while space is short, to see the end of it. */
  void written(long bytes) throws IOException {
    uncheckedBytes += bytes;
    if (uncheckedBytes >= CHECK_BYTES || isShort) {
      uncheckedBytes = 0;
      check();
    }
  }

  boolean check() throws IOException {
    isShort = reserveBytes > 0 && files.usableBytes(directory) < reserveBytes;
    return isShort;
  }
}
