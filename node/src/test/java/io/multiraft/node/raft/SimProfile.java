package io.multiraft.node.raft;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How bad the world of one seed is, and what its group does; probabilities are in percent. */
record SimProfile(
    int members,
    boolean learner,
    boolean priorities,
    boolean oldPeer,
    boolean membershipChanges,
    boolean snapshots,
    boolean leaseReads,
    int clockDriftPercent,
    int lossPercent,
    int duplicatePercent,
    int lateMessagePercent,
    int lossReportedPercent,
    long maxDelayNanos,
    long maxLateNanos,
    long maxSyncNanos,
    int slowSyncPercent,
    long meanFaultNanos,
    long meanRequestNanos,
    int longPausePercent) {
  static final long MILLI = 1_000_000;

  /** What a member is told that no clock exceeds. */
  private static final int LEASE_DRIFT_PERCENT = 10;

  static SimProfile of(RandomGenerator random) {
    boolean calm = random.nextInt(4) == 0;
    boolean leases = random.nextInt(3) == 0;
    return new SimProfile(
        random.nextInt(3) == 0 ? 5 : 3,
        random.nextInt(6) == 0,
        random.nextInt(3) == 0,
        random.nextInt(12) == 0,
        random.nextInt(2) == 0,
        random.nextInt(2) == 0,
        leases,
        leases ? LEASE_DRIFT_PERCENT : random.nextInt(4) * 10,
        calm ? 0 : random.nextInt(15),
        calm ? 0 : random.nextInt(10),
        calm ? 1 : random.nextInt(10),
        random.nextInt(100),
        (1 + random.nextInt(8)) * MILLI,
        (20 + random.nextInt(400)) * MILLI,
        (1 + random.nextInt(20)) * MILLI,
        random.nextInt(12),
        (60 + random.nextInt(500)) * MILLI,
        (4 + random.nextInt(30)) * MILLI,
        random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(6));
  }

  /** Limits so low that each is met often. */
  RaftConfig raftConfig() {
    RaftConfig config =
        new RaftConfig(
                Duration.ofMillis(100).toNanos(),
                Duration.ofMillis(20).toNanos(),
                8,
                400,
                128,
                10,
                3_000,
                40,
                20,
                300)
            .withQuiescenceAfter(Duration.ofMillis(150));
    return leaseReads ? config.withLeaseReads(LEASE_DRIFT_PERCENT) : config;
  }
}
