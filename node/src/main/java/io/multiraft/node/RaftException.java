package io.multiraft.node;

import java.util.Objects;

/** Why a group did not do what was asked; {@link #reason()} is what programs look at. */
public final class RaftException extends RuntimeException {
  /** What a caller may conclude from a failure. */
  public enum Reason {
    /** This member does not lead and could not pass the request on; surely not written. */
    NOT_LEADER,
    /** No leader is known; surely not written. */
    NO_LEADER,
    /** A queue of the group is full; surely not written, worth another try later. */
    OVERLOADED,
    /** Too little disk space is free where the leader runs; surely not written. */
    NO_SPACE,
    /**
     * The command may or may not have been written, now or later. It must never be proposed again
     * by a node: only the caller knows whether doing it twice is harmless.
     */
    UNKNOWN_OUTCOME,
    /** The member is stopping or gone; surely not written. */
    STOPPED
  }

  private final Reason reason;

  public RaftException(Reason reason, String message) {
    this(reason, message, null);
  }

  /**
   * @param cause what led to this, or null
   */
  public RaftException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  public Reason reason() {
    return reason;
  }
}
