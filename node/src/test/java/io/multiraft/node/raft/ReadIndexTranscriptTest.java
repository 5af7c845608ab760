package io.multiraft.node.raft;

import org.junit.jupiter.api.Test;

/** When a read may be served; the transcripts are the specification. */
class ReadIndexTranscriptTest {
  @Test
  void readsThatArriveTogetherWaitForOneRoundAndLaterOnesForTheNext() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.read(1, 1, 2, 3);
    s.read(1, 4);
    s.deliver(1, 2);
    s.deliver(2, 1);
    s.note("the round that confirms 4 began after it arrived");
    s.deliver(1, 2);
    s.deliver(2, 1);
    s.expect(
        """
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        2 -> 1 have 1, term 1
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        1: Confirmed[readId=1, readIndex=1]
        1: Confirmed[readId=2, readIndex=1]
        1: Confirmed[readId=3, readIndex=1]
        # the round that confirms 4 began after it arrived
        2 -> 1 have 1, term 1
        1: Confirmed[readId=4, readIndex=1]
        """);
  }

  @Test
  void anAnswerToAnEarlierRequestConfirmsNothing() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.note("a heartbeat leaves, then a read arrives, then the heartbeat is answered");
    s.timeout(1);
    s.read(1, 1);
    s.deliver(1, 2);
    s.deliver(2, 1);
    s.note("only the answer to a later one confirms");
    s.deliver(1, 3);
    s.deliver(1, 2);
    s.deliver(2, 1);
    s.expect(
        """
        # a heartbeat leaves, then a read arrives, then the heartbeat is answered
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        2 -> 1 have 1, term 1
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        # only the answer to a later one confirms
        3 -> 1 have 1, term 1
        3 -> 1 have 1, term 1
        2 -> 1 have 1, term 1
        1: Confirmed[readId=1, readIndex=1]
        """);
  }

  @Test
  void aNewLeaderWaitsForAnEntryOfItsOwnTermToCommit() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.slowDisk(3);
    s.isolate(1);
    s.fresh();
    s.timeout(2);
    s.exchange(2, 3);
    s.deliver(2, 3);
    s.sync(3);
    s.deliver(3, 2);
    s.fresh();
    s.read(2, 1);
    s.note("heartbeats are answered, but server 3 has the entry on disk only later");
    s.deliver(2, 3);
    s.deliver(3, 2);
    s.sync(3);
    s.deliver(3, 2);
    s.expect(
        """
        2 -> 1 heartbeat behind 0/0, term 2, commit 1
        2 -> 3 heartbeat behind 0/0, term 2, commit 1
        # heartbeats are answered, but server 3 has the entry on disk only later
        3 -> 2 have 0, term 2
        3 synced
        3 -> 2 have 2, term 2
        2 -> 3 heartbeat behind 2/2, term 2, commit 2
        2: Confirmed[readId=1, readIndex=2]
        2 commits 2
        """);
  }

  @Test
  void aLeaderThatIsCutOffConfirmsNothing() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(1);
    s.fresh();
    s.read(1, 1);
    s.deliverAll();
    s.note("no answer for an election timeout");
    s.pass(Scenario.ELECTION);
    s.tick(1);
    s.expect(
        """
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        1 -> 2 lost
        1 -> 3 lost
        # no answer for an election timeout
        1 is FOLLOWER of term 1
        1: Failed[readId=1]
        """);
  }

  @Test
  void aFollowerAsksTheLeaderOnceForManyReads() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.read(2, 7, 8);
    s.deliverAll();
    s.expect(
        """
        2 -> 1 read index?
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        2 -> 1 have 1, term 1
        3 -> 1 have 1, term 1
        1 -> 2 read index 1
        2: Confirmed[readId=7, readIndex=1]
        2: Confirmed[readId=8, readIndex=1]
        """);
  }

  @Test
  void aFollowersReadsFailWithoutALeaderOrWithoutAnAnswer() {
    Scenario s = Scenario.of(3);
    s.read(2, 1);
    s.elect(1);
    s.fresh();
    s.read(2, 2);
    s.loseTo(1);
    s.pass(Scenario.ELECTION);
    s.tick(2);
    s.expect(
        """
        2 -> 1 read index?
        2 -> 1 lost
        2 is PRE_CANDIDATE of term 1
        2 -> 1 pre-vote? term 1, log 1/1
        2 -> 3 pre-vote? term 1, log 1/1
        2: Failed[readId=2]
        """);
  }

  @Test
  void aLeaderThatStepsDownTellsThoseWhoAsked() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.read(2, 1);
    s.deliver(2, 1);
    s.inject(3, 1, new RaftMessage.AppendResponse(0, 5, false, 0));
    s.deliver(1, 2);
    s.expect(
        """
        2 -> 1 read index?
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        3 -> 1 no, try 0, term 5
        1 is FOLLOWER of term 5
        1 -> 2 no read index
        2 -> 1 have 1, term 1
        2: Failed[readId=1]
        """);
  }

  @Test
  void aSingleMemberAnswersOnceAnEntryOfItsTermIsDurable() {
    Scenario s = Scenario.of(1);
    s.slowDisk(1);
    s.timeout(1);
    s.sync(1);
    s.read(1, 1);
    s.sync(1);
    s.read(1, 2);
    s.expect(
        """
        1 is CANDIDATE of term 1
        1 synced
        1 is LEADER of term 1
        1 synced
        1: Confirmed[readId=1, readIndex=1]
        1 commits 1
        1: Confirmed[readId=2, readIndex=1]
        """);
  }
}
