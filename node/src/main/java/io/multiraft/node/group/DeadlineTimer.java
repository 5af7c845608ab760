package io.multiraft.node.group;

import java.util.function.LongConsumer;

/**
 * Wakes a group when its core's deadline has come. Deadlines mostly move to later, so the timer is
 * left where it is and set again when it fires too early. Used on the group's event loop.
 */
final class DeadlineTimer {
  private final LoopTimers timers;
  private final LongConsumer wake;
  private boolean set;
  private long setNanos;

  /**
   * @param wake takes the time at which the timer fired
   */
  DeadlineTimer(LoopTimers timers, LongConsumer wake) {
    this.timers = timers;
    this.wake = wake;
  }

  /** Fires soon after {@code dueNanos}, or earlier. */
  void set(long dueNanos) {
    if (set && dueNanos - setNanos >= 0) {
      return; // it fires no later than needed and is set again then
    }
    set = true;
    setNanos = dueNanos;
    timers.add(dueNanos, this);
  }

  /** What was set for this time is due. */
  void fire(long dueNanos, long nowNanos) {
    if (set && setNanos == dueNanos) {
      set = false;
      wake.accept(nowNanos);
    }
  }

  void stop() {
    set = false;
  }
}
