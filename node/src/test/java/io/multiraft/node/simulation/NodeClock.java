package io.multiraft.node.simulation;

import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;

/**
 * A node's monotonic clock: it runs faster or slower than the world's and sometimes jumps ahead, as
 * that of a machine that was suspended does.
 */
final class NodeClock implements Ticker {
  private final World world;
  private long baseWorldNanos;
  private long baseNanos;
  private double rate = 1;

  NodeClock(World world, long startNanos) {
    this.world = world;
    this.baseWorldNanos = world.nowNanos();
    this.baseNanos = startNanos;
  }

  @Override
  public long nanoTime() {
    return baseNanos + (long) ((world.nowNanos() - baseWorldNanos) * rate);
  }

  @Override
  public long initialNanoTime() {
    return 0;
  }

  @Override
  public void sleep(long delay, TimeUnit unit) {
    throw new UnsupportedOperationException("nobody sleeps in a simulation");
  }

  /** From now on a second of the world is {@code newRate} seconds here. */
  void drift(double newRate) {
    baseNanos = nanoTime();
    baseWorldNanos = world.nowNanos();
    rate = newRate;
  }

  void jumpAhead(long nanos) {
    drift(rate);
    baseNanos += nanos;
  }

  /** How long the world takes until this clock shows {@code nanos}. */
  long worldNanosUntil(long nanos) {
    return Math.max(0, (long) Math.ceil((nanos - nanoTime()) / rate));
  }
}
