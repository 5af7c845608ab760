package io.multiraft.node.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** When a group rests and what wakes it; the transcripts are the specification. */
class QuiescenceTranscriptTest {
  private static final Duration IDLE = Duration.ofMillis(30);

  private static Scenario of(ServerConfig... servers) {
    return new Scenario(
        RaftConfig.of(Scenario.ELECTION, Scenario.HEARTBEAT).withQuiescenceAfter(IDLE),
        List.of(servers));
  }

  private static Scenario ofThree() {
    return of(IntStream.rangeClosed(1, 3).mapToObj(Scenario::voter).toArray(ServerConfig[]::new));
  }

  /** Three members led by 1 that have one command each and rest. */
  private static Scenario resting() {
    Scenario s = ofThree();
    s.elect(1);
    s.propose(1, 1);
    s.deliverAll();
    s.pass(IDLE);
    s.heartbeat(1);
    assertThat(IntStream.rangeClosed(1, 3).allMatch(id -> s.core(id).isQuiet())).isTrue();
    return s.fresh();
  }

  @Test
  void aGroupRestsOnceNothingHappenedForAWhile() {
    Scenario s = ofThree();
    s.elect(1);
    s.propose(1, 1);
    s.deliverAll();
    s.fresh();
    s.note("not yet");
    s.heartbeat(1);
    s.pass(IDLE);
    s.note("now");
    s.heartbeat(1);
    s.expect(
        """
        # not yet
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        2 -> 1 have 2, term 1
        3 -> 1 have 2, term 1
        # now
        1 -> 2 rest? behind 2/1, term 1, commit 2
        1 -> 3 rest? behind 2/1, term 1, commit 2
        2 rests
        2 -> 1 rest
        3 rests
        3 -> 1 rest
        1 rests
        """);
  }

  @Test
  void whoRestsDoesNothingHoweverLongItLasts() {
    Scenario s = resting();
    s.pass(Duration.ofHours(1));
    IntStream.rangeClosed(1, 3).forEach(s::tick);
    s.expect("");
  }

  /** A node may be given its member when the group rests already (found by simulation). */
  @Test
  void aMemberThatCampaignsWakesTheLeader() {
    Scenario s = resting();
    s.inject(2, 1, new RaftMessage.PreVoteRequest(1, 0, 0, 0, 0));
    assertThat(s.core(1).isQuiet()).isFalse();
  }

  @Test
  void aProposalWakesTheLeaderAndTheLeaderWakesTheRest() {
    Scenario s = resting();
    s.pass(Duration.ofHours(1));
    s.propose(1, 1);
    s.deliverAll();
    s.expect(
        """
        1 proposed 1: Appended[firstIndex=3, term=1]
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        1 -> 2 append 3/1 behind 2/1, term 1, commit 2
        1 -> 3 append 3/1 behind 2/1, term 1, commit 2
        2 wakes
        2 -> 1 have 2, term 1
        3 wakes
        3 -> 1 have 2, term 1
        2 -> 1 have 3, term 1
        3 -> 1 have 3, term 1
        1 -> 2 heartbeat behind 3/1, term 1, commit 3
        1 commits 3
        1 -> 3 heartbeat behind 3/1, term 1, commit 3
        2 -> 1 have 3, term 1
        2 commits 3
        3 -> 1 have 3, term 1
        3 commits 3
        """);
  }

  @Test
  void aReadOfAFollowerWakesItAndTheLeader() {
    Scenario s = resting();
    s.pass(Duration.ofHours(1));
    s.read(2, 7);
    s.deliverAll();
    s.expect(
        """
        2 wakes
        2 -> 1 read index?
        1 wakes
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        2 -> 1 have 2, term 1
        3 wakes
        3 -> 1 have 2, term 1
        1 -> 2 read index 2
        2: Confirmed[readId=7, readIndex=2]
        """);
  }

  @Test
  void aLeaderHandsOverOutOfItsRest() {
    Scenario s = resting();
    s.pass(Duration.ofHours(1));
    s.transfer(1, 0);
    s.deliverAll();
    assertThat(s.core(2).role()).isEqualTo(Role.LEADER);
  }

  @Test
  void aFollowerThatHasNotExactlyWhatTheLeaderHasDoesNotRest() {
    Scenario s = ofThree();
    s.elect(1);
    s.slowDisk(3);
    s.propose(1, 1);
    s.deliverAll();
    s.pass(IDLE);
    s.fresh();
    s.note("3 has not answered what it has: nobody is asked");
    s.heartbeat(1);
    s.sync(3);
    s.deliverAll();
    s.fresh();
    s.note("it has everything, but knows only by the heartbeat that it is committed");
    s.heartbeat(1);
    s.expect(
        """
        # it has everything, but knows only by the heartbeat that it is committed
        1 -> 2 rest? behind 2/1, term 1, commit 2
        1 -> 3 rest? behind 2/1, term 1, commit 2
        2 rests
        2 -> 1 rest
        3 rests
        3 -> 1 rest
        1 rests
        """);
    s.inject(1, 2, new RaftMessage.QuiesceRequest(900, 1, 1, 3, 3));
    s.expect(
        """
        1 -> 2 rest? behind 3/1, term 1, commit 3
        2 wakes
        2 -> 1 no rest
        """);
  }

  @Test
  void aFollowerThatMissedTheLastHeartbeatLearnsWhatIsCommittedBeforeItIsAskedAgain() {
    Scenario s = ofThree();
    s.elect(1);
    s.propose(1, 1);
    s.deliver(1, 2);
    s.deliver(1, 3);
    s.deliver(2, 1);
    s.deliver(3, 1);
    s.loseTo(3);
    s.deliverAll();
    s.pass(IDLE);
    s.fresh();
    s.heartbeat(1);
    s.heartbeat(1);
    s.pass(IDLE);
    s.heartbeat(1);
    s.expect(
        """
        1 -> 2 rest? behind 2/1, term 1, commit 2
        1 -> 3 rest? behind 2/1, term 1, commit 2
        2 rests
        2 -> 1 rest
        3 -> 1 no rest
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        2 wakes
        2 -> 1 have 2, term 1
        3 -> 1 have 2, term 1
        3 commits 2
        1 -> 2 rest? behind 2/1, term 1, commit 2
        1 -> 3 rest? behind 2/1, term 1, commit 2
        2 rests
        2 -> 1 rest
        3 rests
        3 -> 1 rest
        1 rests
        """);
  }

  @Test
  void whenTheLeadersNodeIsGoneItsFollowersElectAnother() {
    Scenario s = resting();
    s.pass(Duration.ofHours(1));
    s.isolate(1);
    s.leaderGone(2);
    s.leaderGone(3);
    s.timeout(2);
    s.deliverAll();
    s.expect(
        """
        2: the leader is gone
        2 wakes
        3: the leader is gone
        3 wakes
        2 is PRE_CANDIDATE of term 1
        2 -> 1 pre-vote? term 1, log 2/1
        2 -> 3 pre-vote? term 1, log 2/1
        2 -> 1 lost
        3 -> 2 pre-vote yes
        2 is CANDIDATE of term 2
        2 -> 1 vote? term 2, log 2/1
        2 -> 3 vote? term 2, log 2/1
        2 -> 1 lost
        3 is FOLLOWER of term 2
        3 -> 2 vote yes, term 2
        2 is LEADER of term 2
        2 -> 1 append 3/2c behind 2/1, term 2, commit 2
        2 -> 3 append 3/2c behind 2/1, term 2, commit 2
        2 -> 1 lost
        3 -> 2 have 3, term 2
        2 -> 3 heartbeat behind 3/2, term 2, commit 3
        2 commits 3
        3 -> 2 have 3, term 2
        3 commits 3
        """);
  }

  @Test
  void whoeverRestsHoldsItsLeaderToBeAliveAndWakesWhenAnotherDoubtsIt() {
    Scenario s = resting();
    s.pass(Duration.ofHours(1));
    s.note("only 3 does not hear the leader's node");
    s.leaderGone(3);
    s.timeout(3);
    s.deliver(3, 2);
    s.deliver(2, 3);
    s.note("the leader lives: it wakes and shows it");
    s.deliverAll();
    s.expect(
        """
        # only 3 does not hear the leader's node
        3: the leader is gone
        3 wakes
        3 is PRE_CANDIDATE of term 1
        3 -> 1 pre-vote? term 1, log 2/1
        3 -> 2 pre-vote? term 1, log 2/1
        2 wakes
        2 -> 3 pre-vote no
        # the leader lives: it wakes and shows it
        1 wakes
        1 -> 3 pre-vote no
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        2 -> 1 have 2, term 1
        3 is FOLLOWER of term 1
        3 -> 1 have 2, term 1
        """);
  }

  @Test
  void aLeaderRestsWithoutAMemberWhoseNodeIsGoneAndWakesWhenItReturns() {
    Scenario s = ofThree();
    s.elect(1);
    s.isolate(3);
    s.propose(1, 1);
    s.deliverAll();
    s.pass(IDLE);
    s.fresh();
    s.heartbeat(1);
    s.note("3 lacks an entry and may live: no rest");
    for (int i = 0; i < 10; i++) {
      s.heartbeat(1);
    }
    s.fresh();
    s.nodeAnswers(1, 3, false);
    s.heartbeat(1);
    s.pass(Duration.ofHours(1));
    s.rejoin(3);
    s.nodeAnswers(1, 3, true);
    s.deliver(1, 3);
    s.expect(
        """
        1: the node of 3 is gone
        1 -> 2 rest? behind 2/1, term 1, commit 2
        1 -> 3 heartbeat behind 1/1, term 1, commit 2
        2 rests
        2 -> 1 rest
        1 -> 3 lost
        1 rests
        1: the node of 3 answers
        1 wakes
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 3 heartbeat behind 1/1, term 1, commit 2
        3 -> 1 have 1, term 1
        """);
  }

  @Test
  void aLeaderWhoseMajorityIsGoneWakesAndStepsDown() {
    Scenario s = resting();
    s.pass(Duration.ofHours(1));
    s.isolate(1);
    s.nodeAnswers(1, 2, false);
    s.note("one may be gone");
    s.nodeAnswers(1, 3, false);
    s.deliverAll();
    s.pass(Scenario.ELECTION);
    s.tick(1);
    s.deliverAll();
    s.expect(
        """
        1: the node of 2 is gone
        # one may be gone
        1: the node of 3 is gone
        1 wakes
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        1 -> 2 lost
        1 -> 3 lost
        1 is FOLLOWER of term 1
        1 -> 2 wake, term 1
        1 -> 3 wake, term 1
        1 -> 2 lost
        1 -> 3 lost
        """);
  }

  @Test
  void aLeaderThatIsNoneAnyMoreSaysSoToWhoeverMayRestUnderIt() {
    Scenario s = ofThree();
    s.elect(1);
    s.pass(IDLE);
    s.timeout(1);
    s.deliver(1, 2);
    s.note("2 rests, but its answer is lost, and the other is cut off");
    s.isolate(3);
    s.loseTo(1);
    s.fresh();
    s.pass(Scenario.ELECTION);
    s.tick(1);
    s.deliverAll();
    s.expect(
        """
        1 is FOLLOWER of term 1
        1 -> 2 wake, term 1
        1 -> 3 wake, term 1
        1 -> 3 lost
        2 wakes
        2 -> 1 woken
        1 -> 3 lost
        """);
  }

  @Test
  void aMemberThatIsNotInTheGroupAnyMoreWakesNobody() {
    Scenario s = resting();
    s.inject(4, 1, new RaftMessage.PreVoteRequest(1, 1, 1, 1, 1));
    s.expect(
        """
        4 -> 1 pre-vote? term 1, log 1/1
        1 -> 4 pre-vote removed
        """);
    assertThat(s.core(1).isQuiet()).isTrue();
  }

  @Test
  void noGroupRestsWhileAMemberIsAnOldPeer() {
    ServerConfig old = new ServerConfig(3, 0, "host:3", "", false, false, 1);
    Scenario s = of(Scenario.voter(1), Scenario.voter(2), old);
    s.elect(1);
    s.pass(IDLE);
    s.fresh();
    s.timeout(1);
    s.deliver(1, 2);
    s.expect(
        """
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        2 -> 1 have 1, term 1
        """);
    s.inject(1, 2, new RaftMessage.QuiesceRequest(900, 1, 1, 1, 1));
    s.expect(
        """
        1 -> 2 rest? behind 1/1, term 1, commit 1
        2 -> 1 no rest
        """);
  }

  @Test
  void aRestIsOfOneTerm() {
    Scenario s = resting();
    s.inject(3, 2, new RaftMessage.QuiesceRequest(900, 1, 1, 2, 2));
    s.note("not its leader");
    s.inject(1, 2, new RaftMessage.WakeRequest(901, 0));
    s.note("another term: it wakes as from any message, and its leader lives");
    s.expect(
        """
        3 -> 2 rest? behind 2/1, term 1, commit 2
        2 -> 3 no rest
        # not its leader
        1 -> 2 wake, term 0
        2 wakes
        2 -> 1 woken
        # another term: it wakes as from any message, and its leader lives
        """);
    assertThat(s.core(2).leaderServerId()).isEqualTo(1);
  }
}
