package io.multiraft.operator.status;

import java.util.function.LongSupplier;

/** Allows so many things a second, with a burst of as many. Safe for use by many threads. */
public final class TokenBucket {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final int perSecond;
  private final LongSupplier nanoClock;
  private double tokens;
  private long lastNanos;

  public TokenBucket(int perSecond, LongSupplier nanoClock) {
    this.perSecond = perSecond;
    this.nanoClock = nanoClock;
    this.tokens = perSecond;
    this.lastNanos = nanoClock.getAsLong();
  }

  /** Takes one token if there is one. */
  public synchronized boolean tryTake() {
    long now = nanoClock.getAsLong();
    tokens =
        Math.min(perSecond, tokens + (double) (now - lastNanos) * perSecond / NANOS_PER_SECOND);
    lastNanos = now;
    if (tokens < 1) {
      return false;
    }
    tokens -= 1;
    return true;
  }
}
