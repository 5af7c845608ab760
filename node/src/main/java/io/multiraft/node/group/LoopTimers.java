package io.multiraft.node.group;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/**
 * The timers of all groups of an event loop, behind one timer of the loop. Deadlines are rounded up
 * to a common step, so that what many groups have to say at about the same time is said in one
 * turn. Used on the loop.
 */
final class LoopTimers {
  /** Due at some time, unless its timer was set anew since. */
  private record Entry(long dueNanos, DeadlineTimer timer) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      return Long.signum(dueNanos - other.dueNanos);
    }
  }

  private final EventLoop loop;
  private final long stepNanos;
  private final PriorityQueue<Entry> queue = new PriorityQueue<>();
  private ScheduledFuture<?> armed;
  private long armedNanos;

  /**
   * @param stepNanos how much later than its deadline a timer may fire
   */
  LoopTimers(EventLoop loop, long stepNanos) {
    this.loop = loop;
    this.stepNanos = stepNanos;
  }

  long nanoTime() {
    return loop.ticker().nanoTime();
  }

  /** The timer fires at the first step at or behind this. */
  void add(long dueNanos, DeadlineTimer timer) {
    queue.add(new Entry(dueNanos, timer));
    arm();
  }

  private void arm() {
    Entry first = queue.peek();
    if (first == null) {
      return;
    }
    long at = Math.floorDiv(first.dueNanos + stepNanos - 1, stepNanos) * stepNanos;
    if (armed != null && armedNanos - at <= 0) {
      return;
    }
    if (armed != null) {
      armed.cancel(false);
    }
    armedNanos = at;
    armed = loop.schedule(this::fire, Math.max(0, at - nanoTime()), TimeUnit.NANOSECONDS);
  }

  private void fire() {
    armed = null;
    long now = nanoTime();
    try {
      while (!queue.isEmpty() && queue.peek().dueNanos - now <= 0) {
        Entry entry = queue.remove();
        entry.timer.fire(entry.dueNanos, now);
      }
    } finally {
      arm(); // whatever one of them throws, the others go off
    }
  }
}
