package io.multiraft.node.raft;

/**
 * The priority that a candidate must have (wire protocol, section 7.2): that of the most wanted
 * member while one was heard of lately, then less with each election timeout without a leader, so
 * that somebody is elected in the end. In the very end even a member that should never lead: only
 * such members may have what is committed, and a group without a leader is worse.
 */
final class TargetPriority {
  private static final int LEAST_WANTED = 1;
  private static final int LAST_RESORT = 0;
  private static final int LAST_RESORT_TIMEOUTS = 5;
  private static final int SMALLEST_STEP = 10;
  private static final int STEP_DIVISOR = 5;

  private int value = LEAST_WANTED;
  private int timeoutsAtLeast;

  /** A leader lives; the most wanted member has this priority. */
  void reset(int highestPriority) {
    value = Math.max(LEAST_WANTED, highestPriority);
    timeoutsAtLeast = 0;
  }

  /** Another election timeout passed without a leader. */
  void decay() {
    if (value > LEAST_WANTED) {
      value = Math.max(LEAST_WANTED, value - Math.max(SMALLEST_STEP, value / STEP_DIVISOR));
    } else if (++timeoutsAtLeast >= LAST_RESORT_TIMEOUTS) {
      value = LAST_RESORT;
    }
  }

  /** Whether a member of this priority may become leader now. */
  boolean isReachedBy(int priority) {
    return priority >= value;
  }
}
