package io.multiraft.node.raft;

import java.time.Duration;

/**
 * The limits and times of a group; the same on all members.
 *
 * @param electionTimeoutNanos a follower that has not heard a leader for a random time between this
 *     and twice this starts an election; within this it refuses to vote for others; a leader that
 *     has not heard a quorum for this steps down
 * @param heartbeatNanos an idle leader sends a message to everyone this often
 * @param maxInFlightMessages requests with entries that may be unanswered, for each follower
 * @param maxInFlightBytes payload bytes that may be unanswered, for each follower; one request may
 *     always be
 * @param maxAppendBytes payload bytes in one request; one entry may always be
 * @param maxAppendEntries entries in one request
 * @param maxUncommittedBytes bytes of entries (payload and 32 each) that a leader takes before they
 *     are committed; one proposal may always be
 * @param maxPendingReads reads that may wait for their index, in one member
 * @param maxPromotionLagEntries entries that a learner may lack when it is made a voter
 * @param maxPromotionLagBytes payload bytes that it may lack
 * @param quiesceAfterNanos a group in which nothing happened for this long rests; 0 for never. The
 *     runtime must then judge whether nodes live, see {@link RaftCore#nodeAnswers}
 */
public record RaftConfig(
    long electionTimeoutNanos,
    long heartbeatNanos,
    int maxInFlightMessages,
    long maxInFlightBytes,
    long maxAppendBytes,
    int maxAppendEntries,
    long maxUncommittedBytes,
    int maxPendingReads,
    int maxPromotionLagEntries,
    long maxPromotionLagBytes,
    long quiesceAfterNanos) {
  public RaftConfig {
    requirePositive(heartbeatNanos, "heartbeatNanos");
    requirePositive(maxInFlightMessages, "maxInFlightMessages");
    requirePositive(maxInFlightBytes, "maxInFlightBytes");
    requirePositive(maxAppendBytes, "maxAppendBytes");
    requirePositive(maxAppendEntries, "maxAppendEntries");
    requirePositive(maxUncommittedBytes, "maxUncommittedBytes");
    requirePositive(maxPendingReads, "maxPendingReads");
    requirePositive(maxPromotionLagEntries, "maxPromotionLagEntries");
    requirePositive(maxPromotionLagBytes, "maxPromotionLagBytes");
    if (quiesceAfterNanos < 0) {
      throw new IllegalArgumentException("quiesceAfterNanos must not be negative");
    }
    if (electionTimeoutNanos < 2 * heartbeatNanos) {
      throw new IllegalArgumentException(
          "an election timeout of %d ns must be at least two heartbeats of %d ns"
              .formatted(electionTimeoutNanos, heartbeatNanos));
    }
  }

  /** For groups that never rest. */
  public RaftConfig(
      long electionTimeoutNanos,
      long heartbeatNanos,
      int maxInFlightMessages,
      long maxInFlightBytes,
      long maxAppendBytes,
      int maxAppendEntries,
      long maxUncommittedBytes,
      int maxPendingReads,
      int maxPromotionLagEntries,
      long maxPromotionLagBytes) {
    this(
        electionTimeoutNanos,
        heartbeatNanos,
        maxInFlightMessages,
        maxInFlightBytes,
        maxAppendBytes,
        maxAppendEntries,
        maxUncommittedBytes,
        maxPendingReads,
        maxPromotionLagEntries,
        maxPromotionLagBytes,
        0);
  }

  /** The same for groups that rest when nothing happened for this long. */
  public RaftConfig withQuiescenceAfter(Duration idle) {
    return new RaftConfig(
        electionTimeoutNanos,
        heartbeatNanos,
        maxInFlightMessages,
        maxInFlightBytes,
        maxAppendBytes,
        maxAppendEntries,
        maxUncommittedBytes,
        maxPendingReads,
        maxPromotionLagEntries,
        maxPromotionLagBytes,
        idle.toNanos());
  }

  /**
   * These times with default limits; a request stays below the 256 KiB that a frame on a shared
   * connection may have (wire protocol, section 12.4).
   */
  public static RaftConfig of(Duration electionTimeout, Duration heartbeat) {
    return new RaftConfig(
        electionTimeout.toNanos(),
        heartbeat.toNanos(),
        64,
        8 << 20,
        200 << 10,
        1_000,
        64 << 20,
        10_000,
        1_000,
        4 << 20);
  }

  /** An election timeout of 1 s and a heartbeat of 100 ms. */
  public static RaftConfig defaults() {
    return of(Duration.ofSeconds(1), Duration.ofMillis(100));
  }

  private static void requirePositive(long value, String name) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, not " + value);
    }
  }
}
