package io.multiraft.node.log;

import java.nio.file.Path;

/**
 * Bytes that were durable are not what was written. Nothing was changed; the node must not answer
 * from this directory. Unchecked because a group reads its log through an interface that knows no
 * files.
 */
public final class LogDamagedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Path file;
  private final long offset;
  private final String why;

  /**
   * @param file the damaged file
   * @param offset byte in the file where the damaged thing starts
   * @param why what is wrong there
   */
  public LogDamagedException(Path file, long offset, String why) {
    super("damaged log: " + file + " at offset " + offset + ": " + why);
    this.file = file;
    this.offset = offset;
    this.why = why;
  }

  /** The damaged file; null after this exception was serialized. */
  public Path file() {
    return file;
  }

  /** Where in the file, in bytes. */
  public long offset() {
    return offset;
  }

  /** What is wrong there. */
  public String why() {
    return why;
  }
}
