package io.multiraft.node.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How long a member that hears no leader waits from one round to the next. */
class ElectionTimerTest {
  private static final RaftConfig CONFIG = RaftConfig.defaults();
  private static final long TIMEOUT_NANOS = CONFIG.electionTimeoutNanos();
  private static final int ROUNDS = 12;

  /** The longest of many waits of server 1, which nobody answers. */
  private static long longestWaitNanos(int ownPriority) {
    ClusterConfig config =
        ClusterConfig.initial(
            List.of(
                Scenario.voter(1).withPriority(ownPriority),
                Scenario.voter(2).withPriority(1_000),
                Scenario.voter(3).withPriority(1_000)));
    RaftCore core =
        new RaftCore(
            CONFIG,
            1,
            config,
            Optional.empty(),
            HardState.INITIAL,
            new SimLog(new SimDisk(), SimLog.Observer.none()),
            new Random(1),
            0);
    // A leader shows once: from then on the member knows which priority is wanted.
    core.step(2, new RaftMessage.AppendRequest(1, 1, 0, 0, 0, List.of()), 0);
    long longest = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long due = core.nextDeadlineNanos();
      core.tick(due);
      while (core.hasReady()) {
        core.takeReady();
      }
      longest = Math.max(longest, core.nextDeadlineNanos() - due);
    }
    return longest;
  }

  @Test
  void roundsThatElectNobodyBecomeRarerUpToABound() {
    assertThat(longestWaitNanos(1_000)).isBetween(2 * TIMEOUT_NANOS, 16 * TIMEOUT_NANOS);
  }

  /** Else its priority's decay, one step a round, would take that much longer. */
  @Test
  void aMemberThatLeavesTheCampaignToOthersWaitsNoLonger() {
    assertThat(longestWaitNanos(1)).isLessThan(2 * TIMEOUT_NANOS);
  }
}
