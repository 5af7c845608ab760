package io.multiraft.node.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.multiraft.node.raft.RaftMessage.AppendRequest;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How snapshots take the place of logs; the transcripts are the specification. */
class SnapshotTranscriptTest {
  /** Server 3 lacks 2 and 3, and server 1, which leads, has them in a snapshot only. */
  private static Scenario withLaggard() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.isolate(3);
    s.propose(1, 2);
    s.deliverAll();
    s.compact(1);
    s.rejoin(3);
    return s;
  }

  @Test
  void aFollowerThatNeedsWhatIsCompactedIsNamedAndGetsHeartbeatsMeanwhile() {
    Scenario s = withLaggard();
    for (int i = 0; i < 5; i++) {
      s.heartbeat(1);
    }
    s.fresh();
    s.heartbeat(1);
    s.expect(
        """
        1 -> 2 heartbeat behind 3/1, term 1, commit 3
        1 -> 3 heartbeat behind 0/0, term 1, commit 3
        2 -> 1 have 3, term 1
        3 -> 1 have 0, term 1
        """);
    s.sendSnapshot(1, 3);
    s.propose(1, 1);
    s.deliverAll();
    s.expect(
        """
        3 is offered snapshot 3/1 by 1: ACCEPT
        3 installs snapshot 3/1: true
        3 restores snapshot 3/1
        3 commits 3
        1 -> 3 heartbeat behind 3/1, term 1, commit 3
        1 proposed 1: Appended[firstIndex=4, term=1]
        1 -> 2 append 4/1 behind 3/1, term 1, commit 3
        3 -> 1 have 3, term 1
        2 -> 1 have 4, term 1
        1 -> 3 append 4/1 behind 3/1, term 1, commit 3
        1 -> 2 heartbeat behind 4/1, term 1, commit 4
        1 commits 4
        3 -> 1 have 4, term 1
        2 -> 1 have 4, term 1
        2 commits 4
        1 -> 3 heartbeat behind 4/1, term 1, commit 4
        3 -> 1 have 4, term 1
        3 commits 4
        """);
    assertThat(s.log(3).firstIndex()).isEqualTo(4);
  }

  @Test
  void aSnapshotThatFailedIsWantedAgainLaterAndLater() {
    Scenario s = withLaggard();
    while (!s.takes("1 wants a snapshot for 3")) {
      s.heartbeat(1);
    }
    for (int heartbeats : new int[] {1, 2, 4, 8, 10, 10}) {
      s.snapshotFailed(1, 3);
      for (int i = 1; i < heartbeats; i++) {
        s.heartbeat(1);
        assertThat(s.takes("1 wants a snapshot for 3")).isFalse();
      }
      s.heartbeat(1);
      assertThat(s.takes("1 wants a snapshot for 3")).isTrue();
    }
  }

  @Test
  void aFollowerThatDoesNotAnswerIsSentNoSnapshot() {
    Scenario s = withLaggard();
    while (!s.takes("1 wants a snapshot for 3")) {
      s.heartbeat(1);
    }
    s.isolate(3);
    for (int i = 0; i < 12; i++) {
      s.heartbeat(1);
    }
    s.snapshotFailed(1, 3);
    for (int i = 0; i < 12; i++) {
      s.heartbeat(1);
    }
    assertThat(s.takes("1 wants a snapshot for 3")).isFalse();
    s.rejoin(3);
    s.heartbeat(1);
    assertThat(s.takes("1 wants a snapshot for 3")).isTrue();
  }

  @Test
  void anOfferShowsThatTheLeaderLivesAndStaleOnesAreRefused() {
    Scenario s = withLaggard();
    SnapshotMeta meta = s.compactedAt(1);
    s.pass(Scenario.ELECTION);
    s.fresh();
    s.offer(2, 1, 1, meta);
    s.offer(1, 2, 1, meta);
    s.offer(1, 3, 1, meta);
    s.inject(2, 3, new RaftMessage.PreVoteRequest(50, 1, 1, 3, 3));
    s.offer(2, 3, 2, meta);
    s.offer(1, 3, 1, meta);
    s.expect(
        """
        1 is offered snapshot 3/1 by 2: NO_ANSWER
        2 is offered snapshot 3/1 by 1: ALREADY_HAVE
        3 is offered snapshot 3/1 by 1: ACCEPT
        2 -> 3 pre-vote? term 1, log 3/1
        3 -> 2 pre-vote no
        3 is offered snapshot 3/1 by 2: ACCEPT
        3 is offered snapshot 3/1 by 1: STALE_TERM
        """);
  }

  @Test
  void whatStandsBehindTheSnapshotInTheLogIsKept() {
    Scenario s = Scenario.of(3);
    s.elect(1);
    s.propose(1, 3);
    s.exchange(1, 3);
    s.fresh();
    s.note("server 3 has 2, 3 and 4 and does not know that they are committed");
    SnapshotMeta meta = new SnapshotMeta(3, 1, s.core(1).config());
    s.offer(1, 3, 1, meta);
    s.install(1, 3, 1, meta);
    s.expect(
        """
        # server 3 has 2, 3 and 4 and does not know that they are committed
        3 is offered snapshot 3/1 by 1: ACCEPT
        3 installs snapshot 3/1: true
        3 commits 3
        """);
    assertThat(s.log(3).firstIndex()).isEqualTo(1);
    assertThat(s.log(3).lastIndex()).isEqualTo(4);
  }

  @Test
  void anotherLeadersEntriesGoWithTheLog() {
    Scenario s = Scenario.of(3);
    s.elect(3);
    s.isolate(3);
    s.propose(3, 5);
    s.pass(Scenario.ELECTION);
    s.elect(1);
    s.propose(1, 1);
    s.deliverAll();
    SnapshotMeta meta = s.compact(1);
    s.fresh();
    s.offer(1, 3, 2, meta);
    s.install(1, 3, 2, meta);
    s.expect(
        """
        3 is offered snapshot 3/2 by 1: ACCEPT
        3 installs snapshot 3/2: true
        3 restores snapshot 3/2
        3 commits 3
        """);
    assertThat(s.log(3).firstIndex()).isEqualTo(4);
    assertThat(s.log(3).lastIndex()).isEqualTo(3);
    s.restart(3);
    assertThat(s.core(3).commitIndex()).isEqualTo(3);
    assertThat(s.core(3).appliedIndex()).isEqualTo(3);
  }

  @Test
  void aSnapshotThatCameBeforeACrashReplacesTheLogAtTheNextStart() {
    Scenario s = withLaggard();
    SnapshotMeta meta = s.compactedAt(1);
    s.slowDisk(3);
    s.offer(1, 3, 1, meta);
    s.install(1, 3, 1, meta);
    s.note("what installing wrote to the log is lost, the snapshot is not");
    s.restart(3);
    assertThat(s.core(3).commitIndex()).isEqualTo(3);
    assertThat(s.log(3).lastIndex()).isEqualTo(3);
    assertThat(s.log(3).term(3)).isEqualTo(1);
    assertThat(s.core(3).takeReady().mustPersist()).isFalse();
  }

  @Test
  void whatIsBehindASnapshotIsAcknowledgedOnlyOnceItIsDurable() {
    Scenario s = withLaggard();
    SnapshotMeta meta = s.compactedAt(1);
    s.slowDisk(3);
    s.offer(1, 3, 1, meta);
    s.install(1, 3, 1, meta);
    s.fresh();
    s.note("the snapshot itself is durable, the entry behind it is not");
    LogEntry entry = LogEntry.of(1, EntryType.APP_LOG, new byte[0]);
    s.inject(1, 3, new AppendRequest(90, 1, 1, 3, 3, List.of()));
    s.inject(1, 3, new AppendRequest(91, 1, 1, 3, 3, List.of(entry)));
    s.sync(3);
    s.sync(3);
    s.sync(3);
    s.expect(
        """
        # the snapshot itself is durable, the entry behind it is not
        1 -> 3 heartbeat behind 3/1, term 1, commit 3
        3 -> 1 have 3, term 1
        1 -> 3 append 4/1 behind 3/1, term 1, commit 3
        3 synced
        3 synced
        3 synced
        3 -> 1 have 4, term 1
        """);
  }

  @Test
  void aLogThatBeginsBehindTheNewestSnapshotIsRefused() {
    SimDisk disk = new SimDisk();
    disk.submit(1, List.of(new SimDisk.Record.Base(new SimLog.Base(5, 1, 0), false)));
    disk.finishOldest();
    assertThatThrownBy(
            () ->
                new RaftCore(
                    RaftConfig.defaults(),
                    1,
                    ClusterConfig.initial(List.of(Scenario.voter(1))),
                    Optional.empty(),
                    HardState.INITIAL,
                    new SimLog(disk, SimLog.Observer.none()),
                    () -> 0L,
                    0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the newest snapshot ends at 0");
  }
}
