package io.multiraft.bench.load;

import java.util.Arrays;

/** Every latency of a round; exact, since a round has a few hundred thousand at most. */
final class Latencies {
  private long[] nanos = new long[64];
  private int count;

  void add(long latencyNanos) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, count * 2);
    }
    nanos[count++] = latencyNanos;
  }

  void addAll(Latencies other) {
    if (count + other.count > nanos.length) {
      nanos = Arrays.copyOf(nanos, Math.max(count + other.count, nanos.length * 2));
    }
    System.arraycopy(other.nanos, 0, nanos, count, other.count);
    count += other.count;
  }

  int count() {
    return count;
  }

  /** The latencies at these fractions, 0 when there are none. */
  long[] percentiles(double... fractions) {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return Arrays.stream(fractions)
        .mapToLong(f -> count == 0 ? 0 : sorted[(int) Math.min(count - 1, (long) (f * count))])
        .toArray();
  }
}
