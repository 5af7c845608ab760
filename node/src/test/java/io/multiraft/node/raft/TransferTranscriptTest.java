package io.multiraft.node.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** How leadership is handed over; the transcripts are the specification. */
class TransferTranscriptTest {
  @Test
  void theTargetTakesOverWhenItHasEverything() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.propose(1, 2);
    s.transfer(1, 2);
    s.propose(1, 1);
    s.deliver(1, 2);
    s.deliver(2, 1);
    s.deliver(1, 2);
    s.deliver(2, 1);
    s.deliver(2, 3);
    s.deliver(3, 2);
    s.expect(
        """
        1 proposed 2: Appended[firstIndex=2, term=1]
        1 -> 2 append 2/1 3/1 behind 1/1, term 1, commit 1
        1 -> 3 append 2/1 3/1 behind 1/1, term 1, commit 1
        1 transfers to 2: true
        1 proposed 1: NotLeader[leaderServerId=-1]
        2 -> 1 have 3, term 1
        1 -> 2 heartbeat behind 3/1, term 1, commit 3
        1 -> 2 take over, term 1
        1 commits 3
        2 -> 1 have 3, term 1
        2 commits 3
        2 is CANDIDATE of term 2
        2 -> 1 agreed
        2 -> 1 forced vote! term 2, log 3/1
        2 -> 3 forced vote! term 2, log 3/1
        1 is FOLLOWER of term 2
        1 -> 2 vote yes, term 2
        3 is FOLLOWER of term 2
        3 -> 2 vote yes, term 2
        2 is LEADER of term 2
        2 -> 1 append 4/2c behind 3/1, term 2, commit 3
        2 -> 3 append 4/2c behind 3/1, term 2, commit 3
        """);
  }

  @Test
  void anElectionTimeoutWithoutSuccessEndsIt() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(2);
    s.propose(1, 1);
    s.deliverAll();
    s.transfer(1, 2);
    for (int i = 0; i < 9; i++) {
      s.heartbeat(1);
    }
    s.fresh();
    s.propose(1, 1);
    s.pass(Scenario.HEARTBEAT);
    s.tick(1);
    s.propose(1, 1);
    s.expect(
        """
        1 proposed 1: NotLeader[leaderServerId=-1]
        1 -> 2 heartbeat behind 1/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        1 -> 2 append 2/1 behind 1/1, term 1, commit 2
        1 proposed 1: Appended[firstIndex=3, term=1]
        1 -> 3 append 3/1 behind 2/1, term 1, commit 2
        """);
  }

  @Test
  void aFollowerMayAskForLeadership() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.transfer(3, 3);
    s.transfer(3, 2);
    s.deliver(3, 1);
    s.deliver(1, 3);
    s.deliver(3, 2);
    s.deliver(2, 3);
    s.expect(
        """
        3 transfers to 3: true
        3 -> 1 resign, term 1
        3 transfers to 2: false
        1 -> 3 agreed
        1 -> 3 take over, term 1
        3 is CANDIDATE of term 2
        3 -> 1 agreed
        3 -> 1 forced vote! term 2, log 1/1
        3 -> 2 forced vote! term 2, log 1/1
        2 is FOLLOWER of term 2
        2 -> 3 vote yes, term 2
        3 is LEADER of term 2
        3 -> 1 append 2/2c behind 1/1, term 2, commit 1
        3 -> 2 append 2/2c behind 1/1, term 2, commit 1
        """);
  }

  @Test
  void theBestFollowerIsOneThatLivesAndHasMost() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(2);
    s.propose(1, 1);
    s.deliverAll();
    s.transfer(1, 0);
    assertThat(s.core(1).transferTarget()).isEqualTo(3);
  }

  @Test
  void whoMayNotLeadIsNoTarget() {
    Scenario s =
        new Scenario(
            RaftConfig.of(Scenario.ELECTION, Scenario.HEARTBEAT),
            List.of(Scenario.voter(1), Scenario.server(2, 0, false), Scenario.server(3, 1, true)));
    s.elect(1);
    s.fresh();
    s.transfer(1, 1);
    s.transfer(1, 2);
    s.transfer(1, 3);
    s.transfer(1, 0);
    s.expect(
        """
        1 transfers to 1: false
        1 transfers to 2: false
        1 transfers to 3: false
        1 transfers to 0: false
        """);
  }
}
