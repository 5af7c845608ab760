package io.multiraft.node.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.multiraft.node.raft.RaftMessage.AppendRequest;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How entries travel, become durable and are committed; the transcripts are the specification. */
class ReplicationTranscriptTest {
  private static RaftConfig limits(int messages, int entries, long uncommittedBytes) {
    return new RaftConfig(
        Scenario.ELECTION.toNanos(),
        Scenario.HEARTBEAT.toNanos(),
        messages,
        1_000_000,
        1_000_000,
        entries,
        uncommittedBytes,
        100,
        1_000,
        1_000_000);
  }

  private static Scenario of(int voters, RaftConfig limits) {
    List<ServerConfig> servers =
        IntStream.rangeClosed(1, voters).mapToObj(Scenario::voter).toList();
    return new Scenario(limits, servers);
  }

  private static LogEntry entry(long term) {
    return LogEntry.of(term, EntryType.APP_LOG, new byte[] {1});
  }

  @Test
  void anEntryOfAnEarlierTermIsNotCommittedByCounting() {
    Scenario s = of(5, limits(64, 1, 1_000_000));
    s.elect(1);
    s.isolate(3, 4, 5);
    s.propose(1, 1);
    s.deliverAll();
    s.fresh();
    s.note("figure 8 a: the leader of term 1 has given its entry 2 to server 2 only");
    s.isolate(1, 2);
    s.rejoin(3, 4, 5);
    s.timeout(5);
    s.exchange(5, 3);
    s.exchange(5, 4);
    s.exchange(5, 3);
    s.deliver(5, 4);
    s.deliver(4, 5);
    assertThat(s.core(5).role()).isEqualTo(Role.LEADER);
    s.fresh();
    s.note("figure 8 b: server 5 leads term 2 with another entry 2, which reaches nobody");
    IntStream.rangeClosed(1, 4).forEach(s::loseTo);
    s.isolate(4, 5);
    s.rejoin(1, 2);
    s.timeout(1);
    s.timeout(1);
    s.exchange(1, 2);
    s.exchange(1, 3);
    s.exchange(1, 3);
    s.timeout(1);
    s.loseTo(4);
    s.loseTo(5);
    s.exchange(1, 2);
    s.exchange(1, 3);
    s.exchange(1, 2);
    s.exchange(1, 3);
    assertThat(s.core(1).role()).isEqualTo(Role.LEADER);
    s.fresh();
    s.note("figure 8 c: server 1 leads term 3; its entry of term 1 comes to a majority");
    s.exchange(1, 2);
    s.exchange(1, 3);
    s.exchange(1, 3);
    s.note("and is not committed, for server 5 may still replace it (d)");
    s.expect(
        """
        # figure 8 c: server 1 leads term 3; its entry of term 1 comes to a majority
        2 -> 1 have 3, term 3
        3 -> 1 no, try 2, term 3
        1 -> 3 append 2/1 behind 1/1, term 3, commit 1
        3 -> 1 have 2, term 3
        1 -> 3 append 3/3c behind 2/1, term 3, commit 1
        # and is not committed, for server 5 may still replace it (d)
        """);
    assertThat(s.log(3).term(2)).isEqualTo(1);
    s.isolate(1);
    s.loseTo(2);
    s.loseTo(3);
    s.rejoin(4, 5);
    for (int i = 0; i < 20 && s.core(5).term() < 4; i++) {
      s.timeout(5);
      s.deliverAll();
    }
    s.deliverAll();
    assertThat(s.log(3).term(2)).isEqualTo(2);
  }

  @Test
  void aFollowerAcknowledgesWhatIsDurable() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.slowDisk(2);
    s.isolate(3);
    s.fresh();
    s.propose(1, 1);
    s.propose(1, 1);
    s.deliver(1, 2);
    s.note("a heartbeat is answered meanwhile, for it claims nothing new");
    s.timeout(1);
    s.deliver(1, 2);
    s.sync(2);
    s.sync(2);
    s.deliverAll();
    s.expect(
        """
        1 proposed 1: Appended[firstIndex=2, term=1]
        1 -> 2 append 2/1 behind 1/1, term 1, commit 1
        1 -> 3 append 2/1 behind 1/1, term 1, commit 1
        1 proposed 1: Appended[firstIndex=3, term=1]
        1 -> 2 append 3/1 behind 2/1, term 1, commit 1
        1 -> 3 append 3/1 behind 2/1, term 1, commit 1
        # a heartbeat is answered meanwhile, for it claims nothing new
        1 -> 2 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 heartbeat behind 1/1, term 1, commit 1
        2 -> 1 have 1, term 1
        2 synced
        2 -> 1 have 2, term 1
        2 synced
        2 -> 1 have 3, term 1
        1 -> 3 lost
        1 -> 3 lost
        1 -> 3 lost
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 commits 2
        1 -> 2 heartbeat behind 3/1, term 1, commit 3
        1 commits 3
        2 -> 1 have 2, term 1
        2 commits 2
        2 -> 1 have 3, term 1
        2 commits 3
        """);
  }

  @Test
  void aLeaderCountsItselfWhenItsEntryIsDurableAndSendsItBefore() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.slowDisk(1);
    s.isolate(3);
    s.fresh();
    s.propose(1, 1);
    s.deliverAll();
    s.sync(1);
    s.expect(
        """
        1 proposed 1: Appended[firstIndex=2, term=1]
        1 -> 2 append 2/1 behind 1/1, term 1, commit 1
        1 -> 3 append 2/1 behind 1/1, term 1, commit 1
        2 -> 1 have 2, term 1
        1 -> 3 lost
        1 synced
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 commits 2
        """);
  }

  @Test
  void aMajorityOfFollowersCommitsWithoutTheLeadersDisk() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.slowDisk(1);
    s.fresh();
    s.propose(1, 1);
    s.deliver(1, 2);
    s.deliver(1, 3);
    s.deliver(2, 1);
    s.deliver(3, 1);
    s.expect(
        """
        1 proposed 1: Appended[firstIndex=2, term=1]
        1 -> 2 append 2/1 behind 1/1, term 1, commit 1
        1 -> 3 append 2/1 behind 1/1, term 1, commit 1
        2 -> 1 have 2, term 1
        3 -> 1 have 2, term 1
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 -> 3 heartbeat behind 2/1, term 1, commit 2
        1 commits 2
        """);
  }

  /**
   * The late acknowledgement of entry 4 is harmless: whoever replaced it won without that entry.
   */
  @Test
  void entriesThatAreCutOnTheirWayToTheDiskDoNotCount() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.slowDisk(2);
    s.isolate(3);
    s.fresh();
    s.inject(1, 2, new AppendRequest(50, 1, 1, 1, 1, List.of(entry(1), entry(1), entry(1))));
    s.note("before they are durable, a leader of term 2 shows up and replaces the last two");
    s.inject(3, 2, new AppendRequest(50, 2, 1, 1, 1, List.of()));
    s.inject(3, 2, new AppendRequest(51, 2, 1, 2, 1, List.of(entry(2))));
    s.note(
        "entries 2 to 4 of term 1 and then term 2 arrive at the disk; only entry 2 is still meant");
    s.sync(2);
    s.sync(2);
    s.inject(3, 2, new AppendRequest(52, 2, 1, 2, 1, List.of()));
    s.inject(3, 2, new AppendRequest(53, 2, 2, 3, 1, List.of()));
    s.note("entry 3 of term 2 is acknowledged only now");
    s.sync(2);
    s.sync(2);
    s.sync(2);
    s.expect(
        """
        1 -> 2 append 2/1 3/1 4/1 behind 1/1, term 1, commit 1
        # before they are durable, a leader of term 2 shows up and replaces the last two
        3 -> 2 heartbeat behind 1/1, term 2, commit 1
        2 is FOLLOWER of term 2
        3 -> 2 append 3/2 behind 2/1, term 2, commit 1
        # entries 2 to 4 of term 1 and then term 2 arrive at the disk; only entry 2 is still meant
        2 synced
        2 -> 1 have 4, term 1
        2 synced
        2 -> 3 have 1, term 2
        3 -> 2 heartbeat behind 2/1, term 2, commit 1
        2 -> 3 have 2, term 2
        3 -> 2 heartbeat behind 3/2, term 2, commit 1
        # entry 3 of term 2 is acknowledged only now
        2 synced
        2 -> 3 have 3, term 2
        2 synced
        2 synced
        2 -> 3 have 3, term 2
        """);
  }

  @Test
  void aLeaderGoesBackOneTermInOneStep() {
    Scenario s = of(3, limits(1, 2, 1_000_000));
    s.elect(1);
    s.isolate(1);
    s.propose(1, 20);
    s.deliverAll();
    s.timeout(2);
    s.deliverAll();
    s.propose(2, 30);
    s.deliverAll();
    s.transfer(2, 3);
    s.deliverAll();
    s.fresh();
    s.note("server 1 has 20 entries of term 1 that nobody else has, server 3 has 30 of term 2");
    s.rejoin(1);
    s.connectionLost(3, 1);
    s.exchange(3, 1);
    s.exchange(3, 1);
    s.exchange(3, 1);
    s.expect(
        """
        # server 1 has 20 entries of term 1 that nobody else has, server 3 has 30 of term 2
        3 lost its connection to 1
        3 -> 1 append 33/3c behind 32/2, term 3, commit 33
        1 is FOLLOWER of term 3
        1 -> 3 no, try 22, term 3
        3 -> 1 append 22/2 23/2 behind 21/2, term 3, commit 33
        1 -> 3 no, try 2, term 3
        3 -> 1 append 2/2c 3/2 behind 1/1, term 3, commit 33
        1 commits 3
        1 -> 3 have 3, term 3
        3 -> 1 append 4/2 5/2 behind 3/2, term 3, commit 33
        """);
  }

  @Test
  void requestsAreSentAheadOfAnswersUpToTheWindow() {
    Scenario s = of(3, limits(2, 2, 1_000_000));
    s.elect(1);
    s.isolate(3);
    s.fresh();
    s.propose(1, 2);
    s.propose(1, 2);
    s.propose(1, 2);
    s.deliver(1, 2);
    s.deliver(2, 1);
    s.expect(
        """
        1 proposed 2: Appended[firstIndex=2, term=1]
        1 -> 2 append 2/1 3/1 behind 1/1, term 1, commit 1
        1 -> 3 append 2/1 3/1 behind 1/1, term 1, commit 1
        1 proposed 2: Appended[firstIndex=4, term=1]
        1 -> 2 append 4/1 5/1 behind 3/1, term 1, commit 1
        1 -> 3 append 4/1 5/1 behind 3/1, term 1, commit 1
        1 proposed 2: Appended[firstIndex=6, term=1]
        2 -> 1 have 3, term 1
        2 -> 1 have 5, term 1
        1 -> 2 append 6/1 7/1 behind 5/1, term 1, commit 3
        1 commits 3
        1 -> 2 heartbeat behind 5/1, term 1, commit 5
        1 commits 5
        """);
  }

  @Test
  void aLostRequestIsFoundByTheNextOne() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(3);
    s.fresh();
    s.propose(1, 1);
    s.loseTo(2);
    s.propose(1, 1);
    s.deliver(1, 2);
    s.deliver(2, 1);
    s.deliver(1, 2);
    s.deliver(2, 1);
    s.expect(
        """
        1 proposed 1: Appended[firstIndex=2, term=1]
        1 -> 2 append 2/1 behind 1/1, term 1, commit 1
        1 -> 3 append 2/1 behind 1/1, term 1, commit 1
        1 -> 2 lost
        1 proposed 1: Appended[firstIndex=3, term=1]
        1 -> 2 append 3/1 behind 2/1, term 1, commit 1
        1 -> 3 append 3/1 behind 2/1, term 1, commit 1
        2 -> 1 no, try 2, term 1
        1 -> 2 append 2/1 3/1 behind 1/1, term 1, commit 1
        2 -> 1 have 3, term 1
        1 -> 2 heartbeat behind 3/1, term 1, commit 3
        1 commits 3
        """);
  }

  @Test
  void aLostConnectionMakesTheLeaderSendAgain() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(3);
    s.fresh();
    s.propose(1, 1);
    s.loseTo(2);
    s.connectionLost(1, 2);
    s.deliver(1, 2);
    s.deliver(2, 1);
    s.expect(
        """
        1 proposed 1: Appended[firstIndex=2, term=1]
        1 -> 2 append 2/1 behind 1/1, term 1, commit 1
        1 -> 3 append 2/1 behind 1/1, term 1, commit 1
        1 -> 2 lost
        1 lost its connection to 2
        1 -> 2 append 2/1 behind 1/1, term 1, commit 1
        2 -> 1 have 2, term 1
        1 -> 2 heartbeat behind 2/1, term 1, commit 2
        1 commits 2
        """);
  }

  @Test
  void proposalsAreRefusedWhenTooMuchIsUncommitted() {
    Scenario s = of(3, limits(64, 64, 100));
    s.elect(1);
    s.isolate(2, 3);
    s.fresh();
    assertThat(s.propose(1, 5)).isInstanceOf(Proposal.Appended.class);
    assertThat(s.propose(1, 1)).isInstanceOf(Proposal.Overloaded.class);
    assertThat(s.propose(2, 1)).isEqualTo(new Proposal.NotLeader(1));
  }

  @Test
  void aLeaderOfAnEarlierTermLearnsThatItIsOne() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(1);
    s.timeout(2);
    s.timeout(2);
    s.deliverAll();
    s.rejoin(1);
    s.fresh();
    s.propose(1, 1);
    s.deliver(1, 3);
    s.deliver(3, 1);
    s.expect(
        """
        1 proposed 1: Appended[firstIndex=2, term=1]
        1 -> 2 append 2/1 behind 1/1, term 1, commit 1
        1 -> 3 append 2/1 behind 1/1, term 1, commit 1
        3 -> 1 no, try 3, term 2
        1 is FOLLOWER of term 2
        """);
  }

  @Test
  void whatOnlyABrokenPeerSendsStaysUnanswered() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.fresh();
    s.note("a second leader of the term; entries whose terms fall; a configuration of no sense");
    s.inject(3, 1, new AppendRequest(50, 1, 1, 1, 1, List.of()));
    s.inject(1, 2, new AppendRequest(51, 1, 1, 1, 1, List.of(entry(1), entry(0))));
    LogEntry nonsense = LogEntry.of(1, EntryType.CONF, new byte[] {1, 2, 3});
    s.inject(1, 2, new AppendRequest(52, 1, 1, 1, 1, List.of(nonsense)));
    s.expect(
        """
        # a second leader of the term; entries whose terms fall; a configuration of no sense
        3 -> 1 heartbeat behind 1/1, term 1, commit 1
        1 -> 3 no answer
        1 -> 2 append 2/1 3/0 behind 1/1, term 1, commit 1
        2 -> 1 no answer
        1 -> 2 append 2/1c behind 1/1, term 1, commit 1
        2 -> 1 no answer
        """);
    assertThat(s.log(2).lastIndex()).isEqualTo(1);
  }

  @Test
  void committedEntriesAreNeverOverwritten() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.propose(1, 1);
    s.deliverAll();
    AppendRequest wrong = new AppendRequest(50, 9, 1, 1, 1, List.of(entry(9)));
    assertThatThrownBy(() -> s.inject(3, 2, wrong))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("entry 2 would be overwritten");
  }
}
