package io.multiraft.node.log;

import java.io.IOException;

/** Writing this would use up the space that is kept for the log (node rule 14). */
public final class NoSpaceException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message what was not written
   */
  public NoSpaceException(String message) {
    super(message);
  }
}
