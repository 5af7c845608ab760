package io.multiraft.node.raft;

import static io.multiraft.node.raft.Scenario.server;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.MembershipChange.SetPriority;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who should lead, who should not, and that somebody does in the end. */
class PriorityTranscriptTest {
  private static Scenario of(int... priorities) {
    List<ServerConfig> servers = new ArrayList<>();
    for (int i = 0; i < priorities.length; i++) {
      servers.add(server(i + 1, priorities[i], false));
    }
    return new Scenario(RaftConfig.of(Scenario.ELECTION, Scenario.HEARTBEAT), servers);
  }

  /** How many of its timeouts pass before the member campaigns. */
  private static int timeoutsBeforeCampaign(Scenario s, int id) {
    for (int timeouts = 1; timeouts < 100; timeouts++) {
      s.timeout(id);
      if (s.core(id).role() != Role.FOLLOWER) {
        return timeouts;
      }
    }
    throw new AssertionError("server " + id + " never campaigns");
  }

  @Test
  void theLessWantedWaitLongerAndAllWaitABoundedTime() {
    Scenario s = of(50, 20, 1, 0, 1);
    s.elect(1);
    s.isolate(1);
    assertThat(timeoutsBeforeCampaign(s, 2)).isEqualTo(4);
    assertThat(timeoutsBeforeCampaign(s, 3)).isEqualTo(6);
    assertThat(timeoutsBeforeCampaign(s, 4)).isEqualTo(11);
  }

  @Test
  void whereOnlyAMemberThatShouldNotLeadHasWhatIsCommittedItLeadsUntilAnotherHasItToo() {
    Scenario s = of(1, 0, 1);
    s.elect(1);
    s.isolate(3);
    s.propose(1, 1);
    s.deliverAll();
    s.note("server 1 is gone for good, and server 3 lacks what 1 and 2 have committed");
    s.isolate(1);
    s.rejoin(3);
    s.pass(Scenario.ELECTION);
    s.tick(3);
    s.deliverAll();
    assertThat(s.core(3).role()).isEqualTo(Role.PRE_CANDIDATE);
    int timeouts = 0;
    while (s.core(2).role() != Role.LEADER) {
      s.timeout(2);
      s.deliverAll();
      assertThat(++timeouts).isLessThan(10);
    }
    s.heartbeat(2);
    s.heartbeat(2);
    assertThat(s.core(3).role()).isEqualTo(Role.LEADER);
  }

  @Test
  void aGroupOfNoneThatShouldLeadIsLedAllTheSame() {
    Scenario s = of(0, 0, 0);
    assertThat(timeoutsBeforeCampaign(s, 1)).isEqualTo(6);
    s.deliverAll();
    assertThat(s.core(1).role()).isEqualTo(Role.LEADER);
  }

  @Test
  void aLeaderThatShouldLeadNoMoreHandsOverOnceThatIsCommitted() {
    Scenario s = of(1, 1, 1);
    s.elect(1);
    s.change(1, new SetPriority(1, 0));
    s.deliverAll();
    s.fresh();
    s.timeout(1);
    s.expect(
        """
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        1 -> 2 take over, term 1
        """);
  }

  @Test
  void aLeaderThatNobodyRelievesTriesAgainOnlyNowAndThen() {
    Scenario s = of(1, 1, 0);
    s.elect(1);
    s.change(1, new SetPriority(1, 0));
    s.deliverAll();
    int takeovers = 0;
    for (int i = 0; i < 120; i++) {
      s.fresh();
      s.timeout(1);
      takeovers += s.takes("1 -> 2 take over, term 1") ? 1 : 0;
      s.loseTakeovers();
      s.deliverAll();
    }
    assertThat(takeovers).isEqualTo(3);
  }

  @Test
  void aGroupDoesNotRestUnderALeaderThatShouldNotLead() {
    RaftConfig config =
        RaftConfig.of(Scenario.ELECTION, Scenario.HEARTBEAT)
            .withQuiescenceAfter(Scenario.ELECTION.multipliedBy(2));
    Scenario s = new Scenario(config, List.of(server(1, 1, false), server(2, 1, false)));
    s.elect(1);
    s.change(1, new SetPriority(1, 0));
    s.deliverAll();
    for (int i = 0; i < 45; i++) {
      s.timeout(1);
      s.loseTakeovers();
      s.deliverAll();
    }
    assertThat(s.core(1).isQuiet()).isFalse();
  }
}
