package io.multiraft.node.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.RaftMessage.PreVoteRequest;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a leader may answer reads by the clock alone (design rule 10). */
class LeaseReadTranscriptTest {
  /** A voter waits for 100 ms; with 5 % of drift either way a lease lasts for 90 ms. */
  private static final RaftConfig CONFIG =
      RaftConfig.of(Scenario.ELECTION, Scenario.HEARTBEAT).withLeaseReads(5);

  private static Scenario three() {
    return new Scenario(CONFIG, List.of(Scenario.voter(1), Scenario.voter(2), Scenario.voter(3)));
  }

  /** Whether a read is answered without asking anyone. */
  private static boolean readsAtOnce(Scenario s, int id) {
    s.fresh();
    s.read(id, 1);
    boolean confirmed =
        s.takes("%d: Confirmed[readId=1, readIndex=%d]".formatted(id, s.core(id).commitIndex()));
    s.deliverAll();
    s.fresh();
    return confirmed;
  }

  @Test
  void theLeaseCountsFromWhenTheRequestWasSentThatAQuorumAnswered() {
    Scenario s = three();
    s.elect(1);
    assertThat(readsAtOnce(s, 1)).isTrue();
    s.timeout(1);
    s.note("the heartbeats are on their way for 80 ms, their answers for 9 more");
    s.pass(Duration.ofMillis(80));
    s.deliver(1, 2);
    s.deliver(1, 3);
    s.pass(Duration.ofMillis(9));
    s.deliverAll();
    assertThat(readsAtOnce(s, 1)).isTrue();
    s.pass(Duration.ofMillis(1));
    s.isolate(2, 3);
    assertThat(readsAtOnce(s, 1)).isFalse();
  }

  @Test
  void oneAnswerOfThreeIsNoQuorum() {
    Scenario s =
        new Scenario(
            CONFIG,
            List.of(
                Scenario.voter(1),
                Scenario.voter(2),
                Scenario.voter(3),
                Scenario.voter(4),
                Scenario.voter(5)));
    s.elect(1);
    s.isolate(3, 4, 5);
    for (int i = 0; i < 8; i++) {
      s.heartbeat(1);
    }
    assertThat(readsAtOnce(s, 1)).isTrue();
    s.heartbeat(1);
    assertThat(s.core(1).role()).isEqualTo(Role.LEADER);
    assertThat(readsAtOnce(s, 1)).isFalse();
  }

  @Test
  void learnersGiveNoLease() {
    Scenario s =
        new Scenario(
            CONFIG,
            List.of(
                Scenario.voter(1),
                Scenario.voter(2),
                Scenario.voter(3),
                Scenario.server(4, 1, true),
                Scenario.server(5, 1, true)));
    s.elect(1);
    s.isolate(2, 3);
    for (int i = 0; i < 9; i++) {
      s.heartbeat(1);
    }
    assertThat(readsAtOnce(s, 1)).isFalse();
  }

  @Test
  void noLeaseBeforeAnEntryOfTheLeadersOwnTermIsCommitted() {
    Scenario s = three();
    s.elect(1);
    s.slowDisk(3);
    s.isolate(1);
    s.timeout(2);
    s.exchange(2, 3);
    s.deliver(2, 3);
    s.sync(3);
    s.deliver(3, 2);
    assertThat(s.core(2).role()).isEqualTo(Role.LEADER);
    s.note("server 3 answers heartbeats, but does not have the term's first entry on disk");
    s.timeout(2);
    s.exchange(2, 3);
    assertThat(readsAtOnce(s, 2)).isFalse();
    s.sync(3);
    s.deliverAll();
    assertThat(readsAtOnce(s, 2)).isTrue();
  }

  @Test
  void noLeaseForTheRestOfTheTermOnceATakeoverLeft() {
    Scenario s = three();
    s.elect(1);
    s.transfer(1, 2);
    s.note("the message is late, and the leader gives up");
    for (int i = 0; i < 11; i++) {
      s.timeout(1);
      s.exchange(1, 3);
    }
    assertThat(s.core(1).transferTarget()).isEqualTo(RaftCore.NO_LEADER);
    assertThat(s.propose(1, 1)).isInstanceOf(Proposal.Appended.class);
    s.exchange(1, 3);
    s.timeout(1);
    s.exchange(1, 3);
    s.fresh();
    s.read(1, 1);
    s.expect(
        """
        1 -> 2 heartbeat behind 1/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        """);
  }

  @Test
  void noLeaseWhileAMemberIsAnOldPeer() {
    Scenario s =
        new Scenario(
            CONFIG,
            List.of(Scenario.voter(1), Scenario.voter(2), ServerConfig.voter(3, "old:3", "")));
    s.elect(1);
    assertThat(readsAtOnce(s, 1)).isFalse();
  }

  @Test
  void leasesAreOffUnlessAskedFor() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    assertThat(readsAtOnce(s, 1)).isFalse();
  }

  @Test
  void aVoterKeepsToTheLeaderThatItHeardAlsoInALaterTermAndAfterARestart() {
    Scenario s = three();
    s.elect(1);
    s.heartbeat(1);
    s.restart(2);
    s.pass(Scenario.ELECTION.minusMillis(1));
    s.fresh();
    s.inject(3, 2, new VoteRequest(50, 5, 9, 9, 1, false));
    s.inject(3, 2, new PreVoteRequest(51, 5, 9, 9, 1));
    s.pass(Duration.ofMillis(1));
    s.inject(3, 2, new VoteRequest(52, 5, 9, 9, 1, false));
    s.expect(
        """
        3 -> 2 vote? term 5, log 9/9
        2 -> 3 vote no, term 1
        3 -> 2 pre-vote? term 5, log 9/9
        2 -> 3 pre-vote no
        3 -> 2 vote? term 5, log 9/9
        2 is FOLLOWER of term 5
        2 -> 3 vote yes, term 5
        """);
  }
}
