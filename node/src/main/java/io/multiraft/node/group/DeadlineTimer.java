package io.multiraft.node.group;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Wakes a group when its core's deadline has come. Deadlines mostly move to later, so the timer is
 * left where it is and set again when it fires too early. Used on the group's event loop.
 */
final class DeadlineTimer {
  private final EventLoop loop;
  private final LongConsumer wake;
  private ScheduledFuture<?> timer;
  private long timerNanos;

  /**
   * @param wake takes the time at which the timer fired
   */
  DeadlineTimer(EventLoop loop, LongConsumer wake) {
    this.loop = loop;
    this.wake = wake;
  }

  /** Fires no later than at {@code dueNanos}. */
  void set(long dueNanos, long nowNanos) {
    if (timer != null && dueNanos - timerNanos >= 0) {
      return; // it fires no later than needed and is set again then
    }
    stop();
    timerNanos = dueNanos;
    timer = loop.schedule(this::fire, Math.max(0, dueNanos - nowNanos), TimeUnit.NANOSECONDS);
  }

  private void fire() {
    timer = null;
    wake.accept(loop.ticker().nanoTime());
  }

  void stop() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }
}
