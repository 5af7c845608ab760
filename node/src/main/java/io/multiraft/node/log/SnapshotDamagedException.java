package io.multiraft.node.log;

import java.io.IOException;
import java.nio.file.Path;

/** A snapshot file is not what was written. */
public final class SnapshotDamagedException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param file the damaged file
   * @param offset byte in the file where the damaged thing starts
   * @param why what is wrong there
   */
  public SnapshotDamagedException(Path file, long offset, String why) {
    super("damaged snapshot: " + file + " at offset " + offset + ": " + why);
  }
}
