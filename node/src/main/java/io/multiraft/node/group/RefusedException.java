package io.multiraft.node.group;

/** A change of a node's groups was refused; trying again unchanged does not help. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Refusal refusal;

  /** A refusal with the sentence that tells a person what to do. */
  public RefusedException(Refusal refusal, String detail) {
    super(detail);
    this.refusal = refusal;
  }

  /** Why. */
  public Refusal refusal() {
    return refusal;
  }
}
