package io.multiraft.node.raft;

/**
 * The priority that a candidate must have (wire protocol, section 7.2): that of the most wanted
 * member while one was heard of lately, then less with each election timeout without a leader, so
 * that somebody is elected in the end.
 */
final class TargetPriority {
  private static final int LEAST = 1;
  private static final int SMALLEST_STEP = 10;
  private static final int STEP_DIVISOR = 5;

  private int value = LEAST;

  /** A leader lives; the most wanted member has this priority. */
  void reset(int highestPriority) {
    value = Math.max(LEAST, highestPriority);
  }

  /** Another election timeout passed without a leader. */
  void decay() {
    value = Math.max(LEAST, value - Math.max(SMALLEST_STEP, value / STEP_DIVISOR));
  }

  /** Whether a member of this priority may become leader now. */
  boolean isReachedBy(int priority) {
    return priority >= value;
  }
}
