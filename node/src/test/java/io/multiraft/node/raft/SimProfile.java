package io.multiraft.node.raft;

import java.util.random.RandomGenerator;

/** How bad the world of one seed is; probabilities are in percent. */
record SimProfile(
    int members,
    boolean learner,
    boolean priorities,
    boolean oldPeer,
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

  static SimProfile of(RandomGenerator random) {
    boolean calm = random.nextInt(4) == 0;
    return new SimProfile(
        random.nextInt(3) == 0 ? 5 : 3,
        random.nextInt(6) == 0,
        random.nextInt(5) == 0,
        random.nextInt(12) == 0,
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
}
