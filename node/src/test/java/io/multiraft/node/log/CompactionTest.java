package io.multiraft.node.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.SnapshotMeta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A snapshot stands for a prefix of a group's log, or for all of it. */
class CompactionTest {
  private static final Path DIRECTORY = Path.of("/data");
  private final SimulatedFiles files = new SimulatedFiles();

  @Test
  void aCompactedPrefixIsGoneAndTheRestIsReadable() throws Exception {
    try (NodeLog log = open()) {
      GroupLog group = log.create(NodeLogTest.created(1, 1));
      group.append(1, NodeLogTest.entries(3, 0, 10));
      group.append(11, NodeLogTest.entries(5, 10, 10));
      group.stage(new HardState(5, 1, 15));
      submitAndAwait(log, group);
      group.compact(8, Workload.snapshot(12, 5));
      checkCompacted(group);
      submitAndAwait(log, group);
      checkCompacted(group);
    }
    try (NodeLog log = open()) {
      GroupLog group = log.recovered().groups().get(0).log();
      assertThat(log.recovered().groups().get(0).snapshot()).contains(Workload.snapshot(12, 5));
      checkCompacted(group);
      group.append(21, NodeLogTest.entries(6, 0, 1));
      assertThat(group.term(21)).isEqualTo(6);
    }
  }

  private static void checkCompacted(GroupLog group) {
    assertThat(group.firstIndex()).isEqualTo(8);
    assertThat(group.lastIndex()).isEqualTo(20);
    assertThat(group.term(6)).isZero();
    assertThat(group.term(7)).isEqualTo(3);
    assertThat(group.term(11)).isEqualTo(5);
    assertThat(group.entries(8, 10, Long.MAX_VALUE, 100)).isEqualTo(NodeLogTest.entries(3, 7, 3));
    assertThatThrownBy(() -> group.entries(7, 10, Long.MAX_VALUE, 100))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void allCanBeCompactedAndTheLogGoesOn() throws Exception {
    try (NodeLog log = open()) {
      GroupLog group = log.create(NodeLogTest.created(1, 1));
      group.append(1, NodeLogTest.entries(3, 0, 10));
      group.stage(new HardState(3, 1, 10));
      group.compact(11, Workload.snapshot(10, 3));
      assertThat(group.firstIndex()).isEqualTo(11);
      assertThat(group.lastIndex()).isEqualTo(10);
      group.append(11, NodeLogTest.entries(4, 0, 2));
      submitAndAwait(log, group);
    }
    try (NodeLog log = open()) {
      GroupLog group = log.recovered().groups().get(0).log();
      assertThat(group.term(10)).isEqualTo(3);
      assertThat(group.entries(11, 12, 1000, 10)).isEqualTo(NodeLogTest.entries(4, 0, 2));
    }
  }

  @Test
  void aSnapshotFromTheLeaderTakesThePlaceOfTheLog() throws Exception {
    try (NodeLog log = open()) {
      GroupLog group = log.create(NodeLogTest.created(1, 1));
      group.append(1, NodeLogTest.entries(3, 0, 10));
      group.stage(new HardState(3, 1, 2));
      submitAndAwait(log, group);
      group.append(11, NodeLogTest.entries(4, 0, 5)); // on its way when the snapshot comes
      group.reset(Workload.snapshot(7, 6));
      assertThat(group.lastIndex()).isEqualTo(7);
      group.append(8, NodeLogTest.entries(6, 50, 3));
      group.stage(new HardState(6, HardState.NO_VOTE, 7));
      submitAndAwait(log, group);
      checkReplaced(group);
    }
    try (NodeLog log = open()) {
      checkReplaced(log.recovered().groups().get(0).log());
    }
  }

  private static void checkReplaced(GroupLog group) {
    assertThat(group.firstIndex()).isEqualTo(8);
    assertThat(group.lastIndex()).isEqualTo(10);
    assertThat(group.term(7)).isEqualTo(6);
    assertThat(group.term(11)).isZero();
    assertThat(group.snapshot()).contains(Workload.snapshot(7, 6));
    assertThat(group.entries(8, 10, Long.MAX_VALUE, 100)).isEqualTo(NodeLogTest.entries(6, 50, 3));
  }

  @Test
  void noSnapshotStandsForMoreThanItHolds() throws Exception {
    try (NodeLog log = open()) {
      GroupLog group = log.create(NodeLogTest.created(1, 1));
      group.append(1, NodeLogTest.entries(3, 0, 10));
      group.stage(new HardState(3, 1, 10));
      group.compact(5, Workload.snapshot(8, 3));
      for (long keepFrom : new long[] {4, 10, 12}) {
        assertThatThrownBy(() -> group.compact(keepFrom, Workload.snapshot(8, 3)))
            .isInstanceOf(IllegalStateException.class);
      }
      assertThatThrownBy(() -> group.compact(6, Workload.snapshot(7, 3)))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> group.reset(Workload.snapshot(7, 3)))
          .isInstanceOf(IllegalStateException.class);
      submitAndAwait(log, group);
    }
  }

  @Test
  void whereConfigurationsAreIsKnownWithoutReadingAll() throws Exception {
    try (NodeLog log = open()) {
      GroupLog group = log.create(NodeLogTest.created(1, 1));
      for (int index = 1; index <= 9; index++) {
        byte type = index % 3 == 0 ? EntryType.CONF : EntryType.APP_LOG;
        group.append(index, List.of(LogEntry.of(1, type, new byte[10])));
      }
      assertThat(group.configIndices(1, 9)).containsExactly(3, 6, 9);
      group.append(9, NodeLogTest.entries(2, 0, 1));
      group.stage(new HardState(2, 1, 8));
      group.compact(4, Workload.snapshot(8, 1));
      assertThat(group.configIndices(4, 9)).containsExactly(6);
      assertThat(group.configIndices(7, 9)).isEmpty();
      submitAndAwait(log, group);
    }
    try (NodeLog log = open()) {
      GroupLog group = log.recovered().groups().get(0).log();
      assertThat(group.configIndices(4, 9)).containsExactly(6);
      group.append(10, List.of(LogEntry.of(2, EntryType.CONF, new byte[10])));
      assertThat(group.configIndices(4, 10)).containsExactly(6, 10);
      group.reset(Workload.snapshot(20, 3));
      assertThat(group.configIndices(21, 20)).isEmpty();
    }
  }

  /** Every byte of the record, so that a change of the format is seen. */
  @Test
  void theRecordIsAsDocumented() {
    SnapshotMeta meta = Workload.snapshot(12, 5);
    byte[] bytes = StateCodec.encode(new StateRecord.Compaction(7, false, 8, 3, meta));
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(
            "20000000" // type
                + "5d000000" // bytes that follow
                + "07000000" // group id
                + "00000000" // flags
                + "0800000000000000" // first index
                + "0300000000000000" // term before it
                + "0c00000000000000" // snapshot's index
                + "0500000000000000" // snapshot's term
                + "31000000" // bytes of the configuration
                + "06000000000000000000000000000000" // its log index, and the previous one
                + "00"
                + "00000000"
                + "01000000" // no flag, no context, one server
                + "01000000"
                + "00000000" // server id, data centre
                + "686f73743a3100"
                + "61757800" // endpoint, aux
                + "00"
                + "01000000"); // flags, priority
    ByteBuffer content = RecordCodec.littleEndian(bytes).position(8);
    assertThat(StateCodec.decode(StateCodec.COMPACTION, content.slice().order(content.order())))
        .isEqualTo(new StateRecord.Compaction(7, false, 8, 3, meta));
  }

  private NodeLog open() throws IOException {
    NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
    identity.close();
    return NodeLog.open(
        files,
        DIRECTORY,
        new NodeLogConfig(identity, 4096, 1 << 20, 100, 100, 1 << 20, 0),
        e -> {
          throw new AssertionError(e);
        });
  }

  private static void submitAndAwait(NodeLog log, GroupLog group) throws InterruptedException {
    CountDownLatch durable = new CountDownLatch(1);
    log.submit(new Batch(Runnable::run).add(group).onDurable(durable::countDown));
    assertThat(durable.await(60, TimeUnit.SECONDS)).isTrue();
  }
}
