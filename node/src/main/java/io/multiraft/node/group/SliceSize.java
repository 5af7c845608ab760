package io.multiraft.node.group;

import java.util.concurrent.TimeUnit;

/**
 * How many entries are applied in one go: as many as a state machine gets through in a short time,
 * so that a slow one gives its worker back to other groups often.
 */
final class SliceSize {
  static final int MAX_ENTRIES = 1_000;
  private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private int entries = MAX_ENTRIES;

  int entries() {
    return entries;
  }

  /** A slice of so many entries took so long. */
  void took(int applied, long nanos) {
    if (nanos > LONG_NANOS) {
      entries = Math.max(1, Math.min(entries, applied) / 2);
    } else if (nanos < LONG_NANOS / 4) {
      entries = Math.min(MAX_ENTRIES, entries * 2);
    }
  }
}
