package io.multiraft.bench.load;

/**
 * What one round came to; a line of numbers between the load process and the command.
 *
 * @param writes acknowledged ones
 * @param failures writes that were refused or whose outcome is unknown
 */
public record RoundResult(
    long writes, long failures, long nanos, long p50Nanos, long p99Nanos, long p999Nanos) {
  static RoundResult of(long nanos, Latencies latencies, long failures) {
    long[] p = latencies.percentiles(0.5, 0.99, 0.999);
    return new RoundResult(latencies.count(), failures, nanos, p[0], p[1], p[2]);
  }

  /** Acknowledged writes in a second. */
  public double writesPerSecond() {
    return writes * 1e9 / nanos;
  }

  String toLine() {
    return "%d %d %d %d %d %d".formatted(writes, failures, nanos, p50Nanos, p99Nanos, p999Nanos);
  }

  /** Reads what {@link #toLine} wrote. */
  public static RoundResult parse(String line) {
    String[] n = line.trim().split(" ");
    return new RoundResult(
        Long.parseLong(n[0]),
        Long.parseLong(n[1]),
        Long.parseLong(n[2]),
        Long.parseLong(n[3]),
        Long.parseLong(n[4]),
        Long.parseLong(n[5]));
  }
}
