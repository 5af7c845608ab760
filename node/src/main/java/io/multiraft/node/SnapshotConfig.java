package io.multiraft.node;

/**
 * When snapshots are taken and how many travel.
 *
 * @param distanceEntries a group takes a snapshot once this many entries were applied since the
 *     last one
 * @param distanceBytes or once their payloads come to this many bytes
 * @param tailEntries so many entries before a snapshot stay in the log, for followers that lack
 *     only those
 * @param tailBytes as far as they come to no more than about this many bytes
 * @param maxTakenAtOnce snapshots that a node writes at a time; further groups wait for their turn
 * @param maxSentAtOnce snapshots that a node sends at a time; further ones are tried again later
 * @param maxReceivedAtOnce snapshots that a node receives at a time; further ones are told to come
 *     again
 */
public record SnapshotConfig(
    int distanceEntries,
    long distanceBytes,
    int tailEntries,
    long tailBytes,
    int maxTakenAtOnce,
    int maxSentAtOnce,
    int maxReceivedAtOnce) {
  /** What a node uses if nobody says otherwise. */
  public static final SnapshotConfig DEFAULT =
      new SnapshotConfig(20_000, 64L << 20, 5_000, 16L << 20, 2, 4, 4);

  public SnapshotConfig {
    check(distanceEntries > 0, "snapshot distance must be at least 1 entry");
    check(distanceBytes > 0, "snapshot distance must be at least 1 byte");
    check(tailEntries >= 0 && tailBytes >= 0, "what is kept behind snapshots must not be negative");
    check(
        maxTakenAtOnce > 0 && maxSentAtOnce > 0 && maxReceivedAtOnce > 0,
        "at least one snapshot must be possible at a time");
  }

  private static void check(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
