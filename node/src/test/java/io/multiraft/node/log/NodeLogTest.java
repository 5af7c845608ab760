package io.multiraft.node.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.LogEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the log promises, on real files. */
class NodeLogTest {
  private static final FileLayer FILES = new NioFileLayer();

  @TempDir Path directory;

  @Test
  void whatWasSubmittedIsThereAfterARestart() throws Exception {
    try (NodeIdentity identity = NodeIdentity.open(FILES, directory, 3)) {
      try (NodeLog log = open(identity)) {
        GroupLog group = log.create(created(7, 1));
        group.append(1, entries(1, 0, 5));
        group.append(4, entries(2, 100, 2));
        group.stage(new HardState(2, 1, 3));
        submitAndAwait(log, group, new MetaRecord.PeerSeen(2, new UUID(1, 2), 9));
        assertThat(log.metrics().syncs()).isEqualTo(1);
        assertThat(log.pendingBytes()).isZero();
      }
      try (NodeLog log = open(identity)) {
        Recovered recovered = log.recovered();
        assertThat(recovered.highestGroupIdSeen()).isEqualTo(7);
        assertThat(recovered.peers().get(new UUID(1, 2)).bootNumber()).isEqualTo(9);
        Recovered.Group group = recovered.groups().get(0);
        assertThat(group.creation()).isEqualTo(created(7, 1));
        assertThat(group.hardState()).isEqualTo(new HardState(2, 1, 3));
        assertThat(group.log().lastIndex()).isEqualTo(5);
        assertThat(group.log().term(3)).isEqualTo(1);
        assertThat(group.log().term(4)).isEqualTo(2);
        assertThat(group.log().term(6)).isZero();
        assertThat(group.log().entries(4, 5, Long.MAX_VALUE, 100)).isEqualTo(entries(2, 100, 2));
      }
    }
  }

  @Test
  void removedGroupsStayGoneAndRemovedMembersLeaveTheirServerId() throws Exception {
    try (NodeIdentity identity = NodeIdentity.open(FILES, directory, 1)) {
      try (NodeLog log = open(identity)) {
        GroupLog gone = log.create(created(1, 1));
        GroupLog moved = log.create(created(2, 4));
        GroupLog kept = log.create(created(3, 1));
        submitAndAwait(log, gone, new MetaRecord.GroupRemoved(1, "uid-1"));
        submitAndAwait(log, moved, new MetaRecord.MemberRemoved(2, "uid-2", 4));
        submitAndAwait(log, kept, new MetaRecord.OwnerChanged(3, "new-owner"));
        gone.stage(new HardState(5, 1, 0));
        moved.append(1, entries(1, 0, 1));
        submitAndAwait(log, gone);
        submitAndAwait(log, moved);
      }
      try (NodeLog log = open(identity)) {
        Recovered recovered = log.recovered();
        assertThat(recovered.groups()).extracting(g -> g.creation().groupId()).containsExactly(3);
        assertThat(recovered.groups().get(0).ownerUid()).isEqualTo("new-owner");
        assertThat(recovered.removedGroups().stream()).containsExactly(1);
        assertThat(recovered.removedMembers().get(2).highestServerId()).isEqualTo(4);
        GroupLog again = log.create(created(2, 5));
        again.append(1, entries(9, 0, 2));
        submitAndAwait(log, again);
      }
      try (NodeLog log = open(identity)) {
        assertThat(log.recovered().removedMembers()).isEmpty();
        GroupLog again = log.recovered().groups().get(0).log();
        assertThat(again.groupId()).isEqualTo(2);
        assertThat(again.lastIndex()).isEqualTo(2);
      }
    }
  }

  @Test
  void oldEntriesAreReadBackFromAllSegments() throws Exception {
    try (NodeIdentity identity = NodeIdentity.open(FILES, directory, 1)) {
      NodeLogConfig small = new NodeLogConfig(identity, 64 << 10, 1 << 20, 4096, 4096, 1 << 20, 0);
      try (NodeLog log = NodeLog.open(FILES, directory, small, NodeLogTest::unexpected)) {
        GroupLog group = log.create(created(1, 1));
        for (int i = 0; i < 40; i++) {
          group.append(1 + i * 5L, entries(1, i * 5, 5, i % 8 == 0 ? 20_000 : 500));
          submitAndAwait(log, group);
        }
        assertThat(log.metrics().segments()).isGreaterThan(5);
        assertAllReadable(group);
      }
      try (NodeLog log = NodeLog.open(FILES, directory, small, NodeLogTest::unexpected)) {
        assertAllReadable(log.recovered().groups().get(0).log());
      }
    }
  }

  @Test
  void aReadIsBoundedButHasAtLeastOneEntry() throws Exception {
    try (NodeIdentity identity = NodeIdentity.open(FILES, directory, 1);
        NodeLog log = open(identity)) {
      GroupLog group = log.create(created(1, 1));
      group.append(1, entries(1, 0, 10, 100));
      assertThat(group.entries(1, 10, 1, 10)).hasSize(1);
      assertThat(group.entries(1, 10, 250, 10)).hasSize(2);
      assertThat(group.entries(1, 10, 1 << 20, 3)).hasSize(3);
      assertThat(group.entries(10, 10, 1 << 20, 3)).hasSize(1);
    }
  }

  @Test
  void hardStateAndCommittedEntriesNeverGoBack() throws Exception {
    try (NodeIdentity identity = NodeIdentity.open(FILES, directory, 1);
        NodeLog log = open(identity)) {
      GroupLog group = log.create(created(1, 1));
      group.append(1, entries(5, 0, 3));
      group.stage(new HardState(5, 2, 2));
      assertThatThrownBy(() -> group.stage(new HardState(4, 2, 2)))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> group.stage(new HardState(5, 1, 2)))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> group.stage(new HardState(5, 2, 1)))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> group.append(2, entries(5, 0, 1)))
          .isInstanceOf(IllegalStateException.class);
      group.stage(new HardState(6, HardState.NO_VOTE, 2));
      group.stage(new HardState(6, 1, 3));
    }
  }

  @Test
  void aCleanStopAndStartLeavesNoPileOfSegments() throws Exception {
    try (NodeIdentity identity = NodeIdentity.open(FILES, directory, 1)) {
      for (int i = 0; i < 5; i++) {
        open(identity).close();
      }
      try (NodeLog log = open(identity)) {
        assertThat(log.metrics().segments()).isEqualTo(1);
      }
    }
  }

  @Test
  void aMissingSegmentFailsTheGroupsThatWereInIt() throws Exception {
    try (NodeIdentity identity = NodeIdentity.open(FILES, directory, 1)) {
      NodeLogConfig small = new NodeLogConfig(identity, 4096, 1 << 20, 0, 0, 1 << 30, 0);
      try (NodeLog log = NodeLog.open(FILES, directory, small, NodeLogTest::unexpected)) {
        for (int i = 1; i <= 6; i++) {
          GroupLog group = log.create(created(i, 1));
          group.append(1, entries(1, i, 2, 1000));
          submitAndAwait(log, group);
        }
      }
      Path second = directory.resolve("wal").resolve(SegmentName.of(2));
      Files.delete(second);
      for (int start = 1; start <= 2; start++) {
        try (NodeLog log = NodeLog.open(FILES, directory, small, NodeLogTest::unexpected)) {
          Recovered recovered = log.recovered();
          assertThat(recovered.groups()).extracting(g -> g.log().groupId()).contains(1, 6);
          assertThat(recovered.groups().size() + recovered.failedGroups().size()).isEqualTo(6);
          assertThat(recovered.failedGroups()).isNotEmpty();
          assertThat(recovered.failedGroups().values())
              .allSatisfy(failed -> assertThat(failed.why()).contains(second + " at offset 0"));
        }
      }
    }
  }

  /** Also where a start, not a full segment, began the next one. */
  @Test
  void aMissingSegmentBeforeAStartFailsTheGroupsThatWereInIt() throws Exception {
    try (NodeIdentity identity = NodeIdentity.open(FILES, directory, 1)) {
      for (int i = 1; i <= 4; i++) {
        try (NodeLog log = open(identity)) {
          for (int id : new int[] {i, 10 + i}) {
            GroupLog group = log.create(created(id, 1));
            group.append(1, entries(1, id, 2));
            submitAndAwait(log, group);
          }
        }
      }
      Files.delete(directory.resolve("wal").resolve(SegmentName.of(2)));
      try (NodeLog log = open(identity)) {
        assertThat(log.recovered().groups())
            .extracting(g -> g.log().groupId())
            .contains(1, 4, 11, 14);
        assertThat(log.recovered().failedGroups()).containsKey(2).containsKey(12);
      }
    }
  }

  private static void assertAllReadable(GroupLog group) {
    for (int i = 0; i < 40; i++) {
      assertThat(group.entries(1 + i * 5L, 5 + i * 5L, Long.MAX_VALUE, 100))
          .isEqualTo(entries(1, i * 5, 5, i % 8 == 0 ? 20_000 : 500));
    }
    assertThat(group.entries(1, 200, Long.MAX_VALUE, 1000)).hasSize(200);
  }

  private NodeLog open(NodeIdentity identity) throws IOException {
    return NodeLog.open(FILES, directory, NodeLogConfig.of(identity), NodeLogTest::unexpected);
  }

  private static void unexpected(Throwable e) {
    throw new AssertionError(e);
  }

  private static void submitAndAwait(NodeLog log, GroupLog group, MetaRecord... metas)
      throws InterruptedException {
    CountDownLatch durable = new CountDownLatch(1);
    Batch batch = new Batch(Runnable::run).add(group).onDurable(durable::countDown);
    for (MetaRecord meta : metas) {
      batch.add(meta);
    }
    log.submit(batch);
    assertThat(durable.await(60, TimeUnit.SECONDS)).isTrue();
  }

  static MetaRecord.GroupCreated created(int groupId, int serverId) {
    return new MetaRecord.GroupCreated(
        groupId,
        "uid-" + groupId,
        "name",
        "namespace",
        "Delete",
        "bootstrap",
        serverId,
        new byte[] {1, 2, 3});
  }

  static List<LogEntry> entries(long term, int seed, int count) {
    return entries(term, seed, count, 40);
  }

  static List<LogEntry> entries(long term, int seed, int count, int bytes) {
    return IntStream.range(seed, seed + count)
        .mapToObj(
            i -> {
              byte[] payload = new byte[bytes];
              java.util.Arrays.fill(payload, (byte) i);
              return new LogEntry(term, EntryType.APP_LOG, 1000L + i, i % 2 == 0, i, payload);
            })
        .toList();
  }
}
