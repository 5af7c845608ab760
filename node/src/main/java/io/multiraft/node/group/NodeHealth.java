package io.multiraft.node.group;

import io.multiraft.node.log.NodeLog;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Whether this node may say that it lives: every event loop has turned, and the last sync of the
 * log has finished, within half an election timeout. A node with a hung disk or a blocked loop
 * would otherwise keep leaderships that it cannot use. Thread-safe.
 */
final class NodeHealth {
  private final List<GroupLoop> loops;
  private final NodeLog log;
  private final LongSupplier nanoTime;
  private final long maxSilenceNanos;

  NodeHealth(List<GroupLoop> loops, NodeLog log, LongSupplier nanoTime, long electionTimeoutNanos) {
    this.loops = loops;
    this.log = log;
    this.nanoTime = nanoTime;
    maxSilenceNanos = electionTimeoutNanos / 2;
  }

  /** Whether this node may say that it lives. */
  boolean isWell() {
    if (!diskWorks()) {
      return false;
    }
    long now = nanoTime.getAsLong();
    for (GroupLoop loop : loops) {
      if (now - loop.lastTurnNanos() >= maxSilenceNanos) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether groups that are active may still be led from here. A blocked loop says nothing for its
   * groups anyway, and a slow one must not make its node slower by elections.
   */
  boolean diskWorks() {
    return log.syncUnderWayNanos() < maxSilenceNanos;
  }
}
