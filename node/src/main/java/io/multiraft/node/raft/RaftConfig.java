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
 * @param leaseReads whether a leader may answer reads without asking a quorum again, while it is
 *     certain by the clock that there is no other; off unless the user says that clocks can be
 *     trusted: a machine that is suspended or migrated while its monotonic clock stands still
 *     breaks the promise
 * @param maxClockDriftPercent by how much a member's clock may run faster or slower than time does,
 *     for {@code leaseReads}
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
    long quiesceAfterNanos,
    boolean leaseReads,
    int maxClockDriftPercent) {
  private static final int MAX_CLOCK_DRIFT_PERCENT = 40;

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
    if (maxClockDriftPercent < 0 || maxClockDriftPercent > MAX_CLOCK_DRIFT_PERCENT) {
      throw new IllegalArgumentException(
          "no lease is left with a clock drift of " + maxClockDriftPercent + " %");
    }
    if (electionTimeoutNanos < 2 * heartbeatNanos) {
      throw new IllegalArgumentException(
          "an election timeout of %d ns must be at least two heartbeats of %d ns"
              .formatted(electionTimeoutNanos, heartbeatNanos));
    }
  }

  /** For groups that never rest, without lease reads. */
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
        0,
        false,
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
        idle.toNanos(),
        leaseReads,
        maxClockDriftPercent);
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

  /** The same with lease reads, where no clock drifts by more than this. */
  public RaftConfig withLeaseReads(int clockDriftPercent) {
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
        quiesceAfterNanos,
        true,
        clockDriftPercent);
  }

  /**
   * For how long after it sent a request that a quorum has answered a leader is certain that there
   * is no other. A voter waits for an election timeout T by its own clock, the leader for this long
   * by its own; with clocks that run at 1 - d to 1 + d of time it must be below T(1 - d)/(1 + d).
   */
  long leaseNanos() {
    return electionTimeoutNanos / 100 * (100 - 2 * maxClockDriftPercent);
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
