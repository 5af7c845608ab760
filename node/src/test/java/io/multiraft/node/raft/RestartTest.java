package io.multiraft.node.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a member makes of what it finds on its disk. */
class RestartTest {
  private static final ClusterConfig THREE = config(0, 1, 2, 3);
  private static final LogEntry COMMAND = LogEntry.of(1, EntryType.APP_LOG, new byte[0]);

  private static ClusterConfig config(long logIndex, int... ids) {
    List<ServerConfig> servers = new ArrayList<>();
    for (int id : ids) {
      servers.add(Scenario.voter(id));
    }
    return ClusterConfig.initial(servers).withLogIndex(logIndex);
  }

  private static LogEntry conf(long term, ClusterConfig config) {
    return LogEntry.of(term, EntryType.CONF, ConfigCodec.encode(config));
  }

  private static RaftCore start(HardState hardState, LogEntry... entries) {
    SimDisk disk = new SimDisk();
    if (entries.length > 0) {
      disk.submit(1, List.of(new SimDisk.Record.Entries(1, List.of(entries))));
      disk.finishOldest();
    }
    SimLog log = new SimLog(disk, SimLog.Observer.none());
    return new RaftCore(
        RaftConfig.defaults(), 1, THREE, Optional.empty(), hardState, log, () -> 0L, 0);
  }

  @Test
  void theConfigurationInForceIsTheLastThatIsKnownToBeCommitted() {
    ClusterConfig four = config(2, 1, 2, 3, 4);
    assertThat(start(new HardState(1, -1, 1), COMMAND, conf(1, four)).config()).isEqualTo(THREE);
    assertThat(start(new HardState(1, -1, 2), COMMAND, conf(1, four)).config()).isEqualTo(four);
    LogEntry[] many = new LogEntry[1_000];
    Arrays.fill(many, COMMAND);
    many[1] = conf(1, four);
    assertThat(start(new HardState(1, -1, 900), many).config()).isEqualTo(four);
  }

  @Test
  void aChangeInTheLogShowsThatTheOneBeforeIsCommitted() {
    ClusterConfig four = config(2, 1, 2, 3, 4);
    ClusterConfig five = config(4, 1, 2, 3, 4, 5);
    RaftCore core = start(new HardState(1, -1, 1), COMMAND, conf(1, four), COMMAND, conf(1, five));
    assertThat(core.config()).isEqualTo(four);
    assertThat(core.commitIndex()).isEqualTo(2);
  }

  @Test
  void theSameConfigurationAtTheBeginOfATermShowsNothing() {
    ClusterConfig four = config(2, 1, 2, 3, 4);
    RaftCore core =
        start(new HardState(2, -1, 1), COMMAND, conf(1, four), conf(2, four.withLogIndex(3)));
    assertThat(core.config()).isEqualTo(THREE);
  }

  @Test
  void entriesOfATermThatTheHardStateDoesNotKnowBringTheTerm() {
    RaftCore core = start(new HardState(1, 2, 0), LogEntry.of(3, EntryType.APP_LOG, new byte[0]));
    assertThat(core.term()).isEqualTo(3);
    assertThat(core.takeReady().hardState()).isEqualTo(new HardState(3, HardState.NO_VOTE, 0));
  }

  @Test
  void aDiskThatLostCommittedEntriesIsRefused() {
    assertThatThrownBy(() -> start(new HardState(1, -1, 2), COMMAND))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("it lost entries");
  }

  @Test
  void theFirstReadyTellsWhatIsCommitted() {
    RaftCore core = start(new HardState(1, -1, 2), COMMAND, COMMAND);
    assertThat(core.hasReady()).isTrue();
    Ready ready = core.takeReady();
    assertThat(ready.commitIndex()).isEqualTo(2);
    assertThat(ready.mustPersist()).isFalse();
    assertThat(core.hasReady()).isFalse();
  }

  @Test
  void aReadyThatWasNotHandedOutCannotBeDurable() {
    RaftCore core = start(HardState.INITIAL);
    assertThatThrownBy(() -> core.persisted(1, 0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void nothingMayBeAppliedBeforeItIsCommitted() {
    RaftCore core = start(new HardState(1, -1, 1), COMMAND, COMMAND);
    core.applied(1);
    assertThatThrownBy(() -> core.applied(2)).isInstanceOf(IllegalStateException.class);
  }
}
