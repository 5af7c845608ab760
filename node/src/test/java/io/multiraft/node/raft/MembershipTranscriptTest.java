package io.multiraft.node.raft;

import static io.multiraft.node.raft.Scenario.server;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.MembershipChange.AddLearner;
import io.multiraft.node.raft.MembershipChange.Demote;
import io.multiraft.node.raft.MembershipChange.Promote;
import io.multiraft.node.raft.MembershipChange.Remove;
import io.multiraft.node.raft.MembershipChange.SetPriority;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How members come and go, one at a time; the transcripts are the specification. */
class MembershipTranscriptTest {
  private static final RaftConfig CONFIG = RaftConfig.of(Scenario.ELECTION, Scenario.HEARTBEAT);

  private static AddLearner learner(int id) {
    return new AddLearner(server(id, 1, true));
  }

  /** A leader, 1, with a fourth member that is a learner and has everything. */
  private static Scenario withLearner() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.join(4);
    s.change(1, learner(4));
    s.deliverAll();
    s.heartbeat(1);
    return s;
  }

  @Test
  void aNewMemberIsContactedOnlyOnceTheOldOnesHaveCommittedIt() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.join(4);
    s.fresh();
    s.change(1, learner(4));
    s.deliverAll();
    s.expect(
        """
        1 asked for AddLearner 4: Started[index=2, term=1]
        1 -> 2 append 2/1c behind 1/1, term 1, commit 1
        1 -> 3 append 2/1c behind 1/1, term 1, commit 1
        2 -> 1 have 2, term 1
        3 -> 1 have 2, term 1
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 4 heartbeat behind 2/1, term 1, commit 2
        1 commits 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        2 -> 1 have 2, term 1
        2 commits 2
        4 is FOLLOWER of term 1
        4 -> 1 no, try 1, term 1
        3 -> 1 have 2, term 1
        3 commits 2
        1 -> 4 append 1/1c 2/1c behind 0/0, term 1, commit 2
        4 commits 2
        4 -> 1 have 2, term 1
        """);
    assertThat(s.core(4).config().server(4)).isPresent();
  }

  @Test
  void aLearnerDoesNotCountAndDoesNotCampaign() {
    Scenario s = withLearner();
    s.isolate(2, 3);
    s.fresh();
    s.propose(1, 1);
    s.deliverAll();
    s.expect(
        """
        1 proposed 1: Appended[firstIndex=3, term=1]
        1 -> 2 append 3/1 behind 2/1, term 1, commit 2
        1 -> 3 append 3/1 behind 2/1, term 1, commit 2
        1 -> 4 append 3/1 behind 2/1, term 1, commit 2
        1 -> 2 lost
        1 -> 3 lost
        4 -> 1 have 3, term 1
        """);
    s.timeout(4);
    s.timeout(4);
    s.expect("");
  }

  @Test
  void aPromotedLearnerCounts() {
    Scenario s = withLearner();
    s.change(1, new Promote(4));
    s.deliverAll();
    s.isolate(3);
    s.fresh();
    s.propose(1, 1);
    s.exchange(1, 2);
    s.note("two of four are no majority");
    s.exchange(1, 4);
    s.expect(
        """
        1 proposed 1: Appended[firstIndex=4, term=1]
        1 -> 2 append 4/1 behind 3/1, term 1, commit 3
        1 -> 3 append 4/1 behind 3/1, term 1, commit 3
        1 -> 4 append 4/1 behind 3/1, term 1, commit 3
        2 -> 1 have 4, term 1
        # two of four are no majority
        4 -> 1 have 4, term 1
        1 -> 2 heartbeat behind 4/1, term 1, commit 4
        1 -> 4 heartbeat behind 4/1, term 1, commit 4
        1 commits 4
        """);
  }

  @Test
  void aLearnerThatLagsInEntriesOrBytesOrIsSilentIsNotPromoted() {
    RaftConfig config =
        new RaftConfig(
            CONFIG.electionTimeoutNanos(),
            CONFIG.heartbeatNanos(),
            8,
            1_000,
            1_000,
            10,
            1_000,
            10,
            3,
            20);
    Scenario s =
        new Scenario(config, List.of(Scenario.voter(1), Scenario.voter(2), server(3, 1, true)));
    s.elect(1);
    s.isolate(3);
    s.propose(1, 2);
    s.deliverAll();
    s.fresh();
    s.note("two entries of eight bytes are few enough, three are too many bytes");
    s.change(1, new Promote(3));
    s.deliverAll();
    assertThat(s.core(1).config().server(3).orElseThrow().isVoter()).isTrue();
    s.change(1, new Demote(3));
    s.deliverAll();
    s.propose(1, 1);
    s.deliverAll();
    s.fresh();
    s.change(1, new Promote(3));
    s.rejoin(3);
    for (int i = 0; i < 6; i++) {
      s.heartbeat(1);
    }
    s.isolate(3);
    for (int i = 0; i < 11; i++) {
      s.heartbeat(1);
    }
    s.fresh();
    s.change(1, new Promote(3));
    s.expect("1 asked for Promote 3: NotCaughtUp[entriesBehind=0]\n");
  }

  @Test
  void oneChangeAtATimeAndOnlyOfTheConfigurationThatWasMeant() {
    Scenario s = Scenario.of(3);
    s.timeout(1);
    s.exchange(1, 2);
    s.exchange(1, 2);
    s.fresh();
    s.change(1, 0, learner(4));
    s.change(2, 0, learner(4));
    s.deliverAll();
    s.fresh();
    s.change(1, 0, learner(4));
    s.change(1, 1, learner(4));
    s.change(1, 1, new Remove(3));
    s.expect(
        """
        1 asked for AddLearner 4: StaleIndex[configIndex=1]
        1 asked for AddLearner 4: Started[index=2, term=1]
        1 -> 2 append 2/1c behind 1/1, term 1, commit 1
        1 -> 3 append 2/1c behind 1/1, term 1, commit 1
        1 asked for Remove 3: ChangeOpen[configIndex=2]
        """);
  }

  @Test
  void noChangeBeforeTheLeaderKnowsWhatIsCommitted() {
    Scenario s = Scenario.of(3);
    s.timeout(1);
    s.exchange(1, 2);
    s.exchange(1, 2);
    s.fresh();
    s.change(1, 0, learner(4));
    s.change(3, 0, learner(4));
    s.expect(
        """
        1 asked for AddLearner 4: NotReady[]
        3 asked for AddLearner 4: NotLeader[leaderServerId=-1]
        """);
  }

  @Test
  void whatIsSoAlreadyOrCannotBeIsSaid() {
    Scenario s = withLearner();
    s.fresh();
    s.change(1, new Promote(1));
    s.change(1, new Demote(4));
    s.change(1, learner(4));
    s.change(1, learner(3));
    s.change(1, new Remove(9));
    s.change(1, new SetPriority(2, 1));
    s.expect(
        """
        1 asked for Promote 1: NoChange[configIndex=2]
        1 asked for Demote 4: NoChange[configIndex=2]
        1 asked for AddLearner 4: NoChange[configIndex=2]
        1 asked for AddLearner 3: ServerIdUsed[highestServerId=4]
        1 asked for Remove 9: UnknownServer[serverId=9]
        1 asked for SetPriority 2: NoChange[configIndex=2]
        """);
  }

  @Test
  void aServerIdIsNeverUsedAgain() {
    Scenario s = withLearner();
    s.change(1, new Remove(4));
    s.deliverAll();
    s.fresh();
    s.change(1, learner(4));
    s.expect("1 asked for AddLearner 4: ServerIdUsed[highestServerId=4]\n");
    assertThat(s.core(1).config().highestServerId()).isEqualTo(4);
    s.join(5);
    s.change(1, learner(5));
    s.deliverAll();
    assertThat(s.core(1).config().server(5)).isPresent();
  }

  @Test
  void whatWouldLoseQuorumIsRefused() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(3);
    for (int i = 0; i < 11; i++) {
      s.heartbeat(1);
    }
    s.fresh();
    s.change(1, new Remove(2));
    s.change(1, new Demote(2));
    s.change(1, new Remove(1));
    s.note("the silent one may go");
    s.change(1, new Remove(3));
    s.expect(
        """
        1 asked for Remove 2: WouldLoseQuorum[liveVoters=1, neededVoters=2]
        1 asked for Demote 2: WouldLoseQuorum[liveVoters=1, neededVoters=2]
        1 asked for Remove 1: WouldLoseQuorum[liveVoters=1, neededVoters=2]
        # the silent one may go
        1 asked for Remove 3: Started[index=2, term=1]
        1 -> 2 append 2/1c behind 1/1, term 1, commit 1
        1 -> 3 append 2/1c behind 1/1, term 1, commit 1
        """);
  }

  @Test
  void theLastVoterStays() {
    Scenario s = Scenario.of(1);
    s.elect(1);
    s.fresh();
    s.change(1, new Remove(1));
    s.expect("1 asked for Remove 1: WouldLoseQuorum[liveVoters=0, neededVoters=1]\n");
  }

  @Test
  void aRemovedMemberIsToldSoAndThenLeftAlone() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.change(1, new Remove(3));
    s.deliverAll();
    s.expect(
        """
        1 asked for Remove 3: Started[index=2, term=1]
        1 -> 2 append 2/1c behind 1/1, term 1, commit 1
        1 -> 3 append 2/1c behind 1/1, term 1, commit 1
        2 -> 1 have 2, term 1
        3 -> 1 have 2, term 1
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 commits 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        2 -> 1 have 2, term 1
        2 commits 2
        3 -> 1 have 2, term 1
        3 commits 2
        """);
    s.heartbeat(1);
    s.timeout(3);
    s.expect(
        """
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        2 -> 1 have 2, term 1
        """);
    assertThat(s.core(1).peers()).extracting(PeerStatus::serverId).containsExactly(2);
  }

  @Test
  void aRemovedMemberThatIsAwayIsGivenUpAndDisturbsNobodyWhenItIsBack() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(3);
    s.change(1, new Remove(3));
    s.deliverAll();
    for (int i = 0; i < 60; i++) {
      s.heartbeat(1);
    }
    s.rejoin(3);
    s.fresh();
    s.heartbeat(1);
    s.timeout(3);
    s.deliverAll();
    s.note("not even one that does not ask first");
    s.inject(3, 2, new VoteRequest(50, 7, 9, 9, 1, false));
    s.inject(3, 1, new VoteRequest(51, 7, 9, 9, 1, false));
    s.expect(
        """
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        2 -> 1 have 2, term 1
        3 is PRE_CANDIDATE of term 1
        3 -> 1 pre-vote? term 1, log 1/1
        3 -> 2 pre-vote? term 1, log 1/1
        1 -> 3 pre-vote removed
        2 -> 3 pre-vote removed
        # not even one that does not ask first
        3 -> 2 vote? term 7, log 9/9
        2 -> 3 vote no, term 1
        3 -> 1 vote? term 7, log 9/9
        1 -> 3 vote no, term 1
        """);
  }

  @Test
  void aLeaderThatIsRemovedHandsOverAndLeadsNoMore() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.change(1, new Remove(1));
    s.exchange(1, 2);
    s.exchange(1, 3);
    s.expect(
        """
        1 asked for Remove 1: Started[index=2, term=1]
        1 -> 2 append 2/1c behind 1/1, term 1, commit 1
        1 -> 3 append 2/1c behind 1/1, term 1, commit 1
        2 -> 1 have 2, term 1
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 2 take over, term 1
        1 commits 2
        3 -> 1 have 2, term 1
        """);
    assertThat(s.core(1).role()).isEqualTo(Role.FOLLOWER);
    s.deliver(1, 2);
    s.deliver(2, 3);
    s.deliver(3, 2);
    s.deliver(2, 3);
    s.expect(
        """
        2 -> 1 have 2, term 1
        2 commits 2
        2 is CANDIDATE of term 2
        2 -> 1 agreed
        2 -> 3 forced vote! term 2, log 2/1
        3 is FOLLOWER of term 2
        3 commits 2
        3 -> 2 vote yes, term 2
        2 is LEADER of term 2
        2 -> 3 append 3/2c behind 2/1, term 2, commit 2
        3 -> 2 have 3, term 2
        """);
    s.timeout(1);
    s.timeout(1);
    s.expect("");
  }

  @Test
  void aLeaderThatIsNoVoterAnyMoreDoesNotCountForWhatIsBehindItsRemoval() {
    Scenario s = Scenario.of(4);
    s.elect(1);
    s.isolate(4);
    s.change(1, new Remove(1));
    s.propose(1, 1);
    s.fresh();
    s.exchange(1, 2);
    s.exchange(1, 3);
    s.note("three of four have both entries, but only the first is committed by them");
    s.expect(
        """
        2 -> 1 have 2, term 1
        2 -> 1 have 3, term 1
        3 -> 1 have 2, term 1
        3 -> 1 have 3, term 1
        1 -> 2 heartbeat behind 3/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        1 -> 2 take over, term 1
        1 commits 2
        # three of four have both entries, but only the first is committed by them
        """);
    s.propose(1, 1);
    s.expect("1 proposed 1: NotLeader[leaderServerId=-1]\n");
  }

  @Test
  void anIdleGroupWithAMemberThatNeedsASnapshotStillTellsItAll() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.propose(1, 2);
    s.deliverAll();
    s.compact(1);
    s.join(4);
    s.change(1, learner(4));
    s.deliverAll();
    s.fresh();
    s.sendSnapshot(1, 4);
    s.deliverAll();
    s.expect(
        """
        4 is offered snapshot 3/1 by 1: ACCEPT
        4 installs snapshot 3/1: true
        4 restores snapshot 3/1
        4 commits 3
        1 -> 4 append 4/1c behind 3/1, term 1, commit 4
        4 commits 4
        4 -> 1 have 4, term 1
        """);
    assertThat(s.change(1, new Promote(4))).isInstanceOf(MembershipResult.Started.class);
  }

  @Test
  void aMemberThatDoesNotKnowThatItIsAVoterLearnsItFromTheOneThatNeedsItsVote() {
    Scenario s = new Scenario(CONFIG, List.of(Scenario.voter(1), Scenario.voter(2)));
    s.elect(1);
    s.join(3);
    s.change(1, learner(3));
    s.deliverAll();
    s.change(1, new Promote(3));
    s.note("1 and 2 commit the promotion, 3 has it in its log and two entries more");
    s.deliver(1, 2);
    s.deliver(1, 3);
    s.propose(1, 2);
    s.deliver(1, 3);
    s.loseTo(2);
    s.deliver(2, 1);
    s.deliver(1, 2);
    s.loseTo(3);
    s.isolate(1);
    s.pass(Scenario.ELECTION);
    s.fresh();
    s.timeout(3);
    s.timeout(2);
    s.exchange(2, 3);
    s.timeout(3);
    s.exchange(3, 2);
    s.exchange(3, 2);
    s.expect(
        """
        2 is PRE_CANDIDATE of term 1
        2 -> 1 pre-vote? term 1, log 3/1
        2 -> 3 pre-vote? term 1, log 3/1
        3 -> 2 pre-vote no
        3 commits 3
        3 is PRE_CANDIDATE of term 1
        3 -> 1 pre-vote? term 1, log 5/1
        3 -> 2 pre-vote? term 1, log 5/1
        2 -> 3 pre-vote yes
        3 is CANDIDATE of term 2
        3 -> 1 vote? term 2, log 5/1
        3 -> 2 vote? term 2, log 5/1
        2 is FOLLOWER of term 2
        2 -> 3 vote yes, term 2
        3 is LEADER of term 2
        3 -> 1 append 6/2c behind 5/1, term 2, commit 3
        3 -> 2 append 6/2c behind 5/1, term 2, commit 3
        """);
  }

  @Test
  void aMemberThatDoesNotKnowOfARemovalLearnsItFromTheRemovedOneThatDeniesItsVote() {
    Scenario s = new Scenario(CONFIG, List.of(Scenario.voter(1), Scenario.voter(2)));
    s.elect(1);
    s.change(1, new Remove(1));
    s.deliver(1, 2);
    s.propose(1, 2);
    s.note("1 has committed its removal, and holds entries that 2 will never get");
    s.loseTo(2);
    s.deliver(2, 1);
    s.loseTo(2);
    s.pass(Duration.ofSeconds(1));
    assertThat(s.core(1).config().server(1)).isEmpty();
    s.fresh();
    s.timeout(2);
    s.exchange(2, 1);
    s.timeout(2);
    s.expect(
        """
        2 is PRE_CANDIDATE of term 1
        2 -> 1 pre-vote? term 1, log 2/1
        1 -> 2 pre-vote no
        2 commits 2
        2 is CANDIDATE of term 2
        2 is LEADER of term 2
        2 commits 3
        """);
  }
}
