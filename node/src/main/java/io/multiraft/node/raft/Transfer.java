package io.multiraft.node.raft;

/**
 * A leadership that is being handed over (Raft thesis, section 3.10): nothing is proposed until the
 * target has everything and is told to take over, or the time is up.
 */
final class Transfer {
  private final int targetServerId;
  private final long deadlineNanos;
  private boolean told;
  private long toldCorrelation;

  Transfer(int targetServerId, long deadlineNanos) {
    this.targetServerId = targetServerId;
    this.deadlineNanos = deadlineNanos;
  }

  int targetServerId() {
    return targetServerId;
  }

  /** When the leader gives up and takes proposals again. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  /** Whether the target was told to take over. */
  boolean isTold() {
    return told;
  }

  void told(long correlation) {
    told = true;
    toldCorrelation = correlation;
  }

  /** Whether this is the correlation of the request that told the target. */
  boolean isToldBy(long correlation) {
    return told && toldCorrelation == correlation;
  }
}
