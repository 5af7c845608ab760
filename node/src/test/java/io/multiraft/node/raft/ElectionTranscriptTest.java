package io.multiraft.node.raft;

import static io.multiraft.node.raft.Scenario.server;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.PreVoteRequest;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who votes for whom, and when; the transcripts are the specification. */
class ElectionTranscriptTest {
  @Test
  void aGroupElectsItsFirstLeaderAndCommitsItsConfiguration() {
    Scenario s = Scenario.of(3);
    s.timeout(1);
    s.deliverAll();
    s.expect(
        """
        1 is PRE_CANDIDATE of term 0
        1 -> 2 pre-vote? term 0, log 0/0
        1 -> 3 pre-vote? term 0, log 0/0
        2 -> 1 pre-vote yes
        3 -> 1 pre-vote yes
        1 is CANDIDATE of term 1
        1 -> 2 vote? term 1, log 0/0
        1 -> 3 vote? term 1, log 0/0
        2 is FOLLOWER of term 1
        2 -> 1 vote yes, term 1
        3 is FOLLOWER of term 1
        3 -> 1 vote yes, term 1
        1 is LEADER of term 1
        1 -> 2 append 1/1c behind 0/0, term 1, commit 0
        1 -> 3 append 1/1c behind 0/0, term 1, commit 0
        2 -> 1 have 1, term 1
        3 -> 1 have 1, term 1
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 commits 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        2 -> 1 have 1, term 1
        2 commits 1
        3 -> 1 have 1, term 1
        3 commits 1
        """);
  }

  @Test
  void aMemberThatWasCutOffDisturbsNobody() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(3);
    s.fresh();
    for (int i = 0; i < 12; i++) {
      s.heartbeat(1);
    }
    s.fresh();
    s.timeout(3);
    s.deliverAll();
    s.rejoin(3);
    s.note("3 is back and asks again before the leader reaches it");
    s.inject(3, 1, new PreVoteRequest(50, 1, 1, 1, 1));
    s.inject(3, 2, new PreVoteRequest(51, 1, 1, 1, 1));
    s.heartbeat(1);
    s.expect(
        """
        3 is PRE_CANDIDATE of term 1
        3 -> 1 pre-vote? term 1, log 1/1
        3 -> 2 pre-vote? term 1, log 1/1
        3 -> 1 lost
        3 -> 2 lost
        # 3 is back and asks again before the leader reaches it
        3 -> 1 pre-vote? term 1, log 1/1
        1 -> 3 pre-vote no
        3 -> 2 pre-vote? term 1, log 1/1
        2 -> 3 pre-vote no
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        2 -> 1 have 1, term 1
        3 is FOLLOWER of term 1
        3 -> 1 have 1, term 1
        """);
    assertThat(s.core(1).role()).isEqualTo(Role.LEADER);
    assertThat(s.core(3).term()).isEqualTo(1);
  }

  @Test
  void aPreVoteNeedsALogThatIsUpToDateUnlessTheAskerIsAnOldPeer() {
    List<ServerConfig> servers =
        List.of(Scenario.voter(1), Scenario.voter(2), ServerConfig.voter(3, "old:3", ""));
    Scenario s = new Scenario(RaftConfig.of(Scenario.ELECTION, Scenario.HEARTBEAT), servers);
    s.elect(1);
    s.propose(1, 1);
    s.deliverAll();
    s.heartbeat(1);
    s.pass(Scenario.ELECTION);
    s.fresh();
    s.note("an own member with a shorter log, then an old peer with the same");
    s.inject(1, 2, new PreVoteRequest(50, 1, 1, 1, 1));
    s.inject(3, 2, new PreVoteRequest(51, 1, 1, 1, 1));
    s.expect(
        """
        # an own member with a shorter log, then an old peer with the same
        1 -> 2 pre-vote? term 1, log 1/1
        2 -> 1 pre-vote no
        3 -> 2 pre-vote? term 1, log 1/1
        2 -> 3 pre-vote yes
        """);
  }

  @Test
  void aVoteNeedsALogThatIsUpToDate() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.propose(1, 1);
    s.deliverAll();
    s.pass(Scenario.ELECTION);
    s.fresh();
    s.note("shorter; longer, but of an earlier term; the same");
    s.inject(3, 2, new VoteRequest(50, 2, 1, 1, 1, false));
    s.inject(3, 2, new VoteRequest(51, 3, 0, 9, 1, true));
    s.inject(3, 2, new VoteRequest(52, 4, 1, 2, 1, false));
    s.expect(
        """
        # shorter; longer, but of an earlier term; the same
        3 -> 2 vote? term 2, log 1/1
        2 is FOLLOWER of term 2
        2 -> 3 vote no, term 2
        3 -> 2 forced vote! term 3, log 9/0
        2 is FOLLOWER of term 3
        2 -> 3 vote no, term 3
        3 -> 2 vote? term 4, log 2/1
        2 is FOLLOWER of term 4
        2 -> 3 vote yes, term 4
        """);
  }

  @Test
  void aServerThatWasRemovedIsToldSo() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.inject(9, 2, new PreVoteRequest(50, 1, 1, 1, 0));
    s.expect(
        """
        9 -> 2 pre-vote? term 1, log 1/1
        2 -> 9 pre-vote removed
        """);
  }

  @Test
  void votesAreRefusedWithoutTakingTheTermWhileALeaderLives() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.inject(3, 2, new VoteRequest(50, 7, 1, 1, 1, false));
    s.inject(3, 1, new VoteRequest(51, 7, 1, 1, 1, false));
    s.note("the leader is silent for an election timeout");
    s.pass(Scenario.ELECTION);
    s.inject(3, 2, new VoteRequest(52, 8, 1, 1, 1, false));
    s.expect(
        """
        3 -> 2 vote? term 7, log 1/1
        2 -> 3 vote no, term 1
        3 -> 1 vote? term 7, log 1/1
        1 -> 3 vote no, term 1
        # the leader is silent for an election timeout
        3 -> 2 vote? term 8, log 1/1
        2 is FOLLOWER of term 8
        2 -> 3 vote yes, term 8
        """);
  }

  @Test
  void aForcedVoteIsGivenThoughALeaderLives() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.inject(3, 2, new VoteRequest(50, 2, 1, 1, 1, true));
    s.expect(
        """
        3 -> 2 forced vote! term 2, log 1/1
        2 is FOLLOWER of term 2
        2 -> 3 vote yes, term 2
        """);
  }

  @Test
  void aMemberThatWasRestartedVotesForNobodyForOneElectionTimeout() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.restart(2);
    s.fresh();
    s.inject(3, 2, new VoteRequest(50, 2, 1, 1, 1, false));
    s.pass(Scenario.ELECTION);
    s.inject(3, 2, new VoteRequest(51, 2, 1, 1, 1, false));
    s.expect(
        """
        3 -> 2 vote? term 2, log 1/1
        2 -> 3 vote no, term 1
        3 -> 2 vote? term 2, log 1/1
        2 is FOLLOWER of term 2
        2 commits 1
        2 -> 3 vote yes, term 2
        """);
  }

  @Test
  void aTermHasOneVoteAlsoAfterARestart() {
    Scenario s = Scenario.of(3);
    s.note("the term comes first, the vote later");
    s.inject(3, 2, new AppendResponse(0, 1, false, 0));
    s.inject(1, 2, new VoteRequest(50, 1, 0, 0, 0, false));
    s.inject(3, 2, new VoteRequest(51, 1, 0, 0, 0, false));
    s.restart(2);
    s.pass(Scenario.ELECTION);
    s.inject(3, 2, new VoteRequest(52, 1, 0, 0, 0, false));
    s.inject(1, 2, new VoteRequest(53, 1, 0, 0, 0, false));
    s.expect(
        """
        # the term comes first, the vote later
        3 -> 2 no, try 0, term 1
        2 is FOLLOWER of term 1
        1 -> 2 vote? term 1, log 0/0
        2 -> 1 vote yes, term 1
        3 -> 2 vote? term 1, log 0/0
        2 -> 3 vote no, term 1
        2 restarts
        3 -> 2 vote? term 1, log 0/0
        2 -> 3 vote no, term 1
        1 -> 2 vote? term 1, log 0/0
        2 -> 1 vote yes, term 1
        """);
  }

  @Test
  void aVoteIsToldWhenItIsDurable() {
    Scenario s = Scenario.of(3);
    s.slowDisk(2);
    s.inject(1, 2, new VoteRequest(50, 1, 0, 0, 0, false));
    s.note("nothing is said before");
    s.sync(2);
    s.expect(
        """
        1 -> 2 vote? term 1, log 0/0
        2 is FOLLOWER of term 1
        # nothing is said before
        2 synced
        2 -> 1 vote yes, term 1
        """);
  }

  @Test
  void aCandidateAsksForVotesWhenItsOwnIsDurable() {
    Scenario s = Scenario.of(3);
    s.slowDisk(1);
    s.timeout(1);
    s.deliverAll();
    s.note("nothing is asked before");
    s.sync(1);
    s.expect(
        """
        1 is PRE_CANDIDATE of term 0
        1 -> 2 pre-vote? term 0, log 0/0
        1 -> 3 pre-vote? term 0, log 0/0
        2 -> 1 pre-vote yes
        3 -> 1 pre-vote yes
        1 is CANDIDATE of term 1
        # nothing is asked before
        1 synced
        1 -> 2 vote? term 1, log 0/0
        1 -> 3 vote? term 1, log 0/0
        """);
  }

  @Test
  void aSingleMemberLeadsWhenItsVoteIsDurableAndCommitsWhenItsEntryIs() {
    Scenario s = Scenario.of(1);
    s.slowDisk(1);
    s.timeout(1);
    s.sync(1);
    s.propose(1, 2);
    s.sync(1);
    s.sync(1);
    s.expect(
        """
        1 is CANDIDATE of term 1
        1 synced
        1 is LEADER of term 1
        1 proposed 2: Appended[firstIndex=2, term=1]
        1 synced
        1 commits 1
        1 synced
        1 commits 3
        """);
  }

  @Test
  void aLeaderThatHearsNoMajorityStepsDown() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(2, 3);
    s.read(1, 5);
    s.deliverAll();
    for (int i = 0; i < 9; i++) {
      s.heartbeat(1);
    }
    s.fresh();
    s.heartbeat(1);
    s.expect(
        """
        1 is FOLLOWER of term 1
        1: Failed[readId=5]
        """);
  }

  @Test
  void aMemberOfPriorityZeroNeverCampaignsNorDoesALearner() {
    List<ServerConfig> servers =
        List.of(server(1, 0, false), server(2, 1, false), server(3, 1, true));
    Scenario s = new Scenario(RaftConfig.of(Scenario.ELECTION, Scenario.HEARTBEAT), servers);
    for (int i = 0; i < 5; i++) {
      s.timeout(1);
      s.timeout(3);
    }
    s.note("silence; only 2 may lead");
    s.timeout(2);
    s.deliverAll();
    s.expect(
        """
        # silence; only 2 may lead
        2 is PRE_CANDIDATE of term 0
        2 -> 1 pre-vote? term 0, log 0/0
        1 -> 2 pre-vote yes
        2 is CANDIDATE of term 1
        2 -> 1 vote? term 1, log 0/0
        1 is FOLLOWER of term 1
        1 -> 2 vote yes, term 1
        2 is LEADER of term 1
        2 -> 1 append 1/1c behind 0/0, term 1, commit 0
        2 -> 3 append 1/1c behind 0/0, term 1, commit 0
        1 -> 2 have 1, term 1
        3 is FOLLOWER of term 1
        3 -> 2 have 1, term 1
        2 -> 1 heartbeat behind 1/1, term 1, commit 1
        2 commits 1
        2 -> 3 heartbeat behind 1/1, term 1, commit 1
        1 -> 2 have 1, term 1
        1 commits 1
        3 -> 2 have 1, term 1
        3 commits 1
        """);
  }

  @Test
  void theMostWantedMemberHasTheFirstChance() {
    List<ServerConfig> servers =
        List.of(server(1, 30, false), server(2, 20, false), server(3, 5, false));
    Scenario s = new Scenario(RaftConfig.of(Scenario.ELECTION, Scenario.HEARTBEAT), servers);
    s.elect(1);
    s.isolate(1);
    s.fresh();
    s.note("2 waits until one election timeout has passed without anybody more wanted");
    s.timeout(2);
    s.note("now it asks");
    s.timeout(2);
    s.expect(
        """
        # 2 waits until one election timeout has passed without anybody more wanted
        # now it asks
        2 is PRE_CANDIDATE of term 1
        2 -> 1 pre-vote? term 1, log 1/1
        2 -> 3 pre-vote? term 1, log 1/1
        """);
  }
}
