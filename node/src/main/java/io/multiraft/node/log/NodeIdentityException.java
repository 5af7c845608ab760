package io.multiraft.node.log;

/** The data directory belongs to another node, or has lost the file that says whose it is. */
public final class NodeIdentityException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param message what was found and what to do
   */
  public NodeIdentityException(String message) {
    super(message);
  }
}
