package io.multiraft.node.group;

import io.multiraft.node.log.GroupLog;

/** What a {@link GroupLoop} drives; all but {@link #inbox} on the loop. */
interface LoopMember {
  /** What waits for the member. */
  Inbox inbox();

  /**
   * Makes of what has arrived what there is to do.
   *
   * @return up to which Ready something is to be made durable, 0 for nothing
   */
  long collect();

  /** What is to be made durable is staged there. */
  GroupLog log();

  /** Everything up to this Ready is durable. */
  void durable(long sequence);

  /** Ends waits that have lasted too long; whether anything still waits. */
  boolean expire(long nowNanos);

  /** The member threw: it ends, and nothing else does. */
  void crashed(Throwable cause);
}
