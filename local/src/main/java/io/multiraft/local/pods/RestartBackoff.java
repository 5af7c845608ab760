package io.multiraft.local.pods;

import java.util.concurrent.TimeUnit;

/**
 * How long a container that ended waits for its next start: longer each time, and from the
 * beginning again once it has run for a while. No clock of its own.
 */
final class RestartBackoff {
  static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(3);
  static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(60);
  static final long FORGIVEN_NANOS = TimeUnit.SECONDS.toNanos(60);

  private long nextDelayNanos = FIRST_NANOS;

  /** A run ended; answers how long to wait. */
  long delayNanos(long ranNanos) {
    if (ranNanos >= FORGIVEN_NANOS) {
      nextDelayNanos = FIRST_NANOS;
    }
    long delay = nextDelayNanos;
    nextDelayNanos = Math.min(MAX_NANOS, nextDelayNanos * 2);
    return delay;
  }
}
