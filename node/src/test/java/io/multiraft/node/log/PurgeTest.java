package io.multiraft.node.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.HardState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Segments that nobody needs go, and what they said besides is not lost. */
class PurgeTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path LOG = DIRECTORY.resolve("wal");
  private static final int SEGMENT_BYTES = 4096;
  private static final int MAX_LOG_BYTES = 4 * SEGMENT_BYTES;

  private final SimulatedFiles files = new SimulatedFiles();
  private SteppedDrive drive;

  @Test
  void aGroupThatIsCompactedKeepsTheLogSmallAndIdleOnesSurviveIt() throws Exception {
    try (NodeLog log = open()) {
      GroupLog idle = log.create(NodeLogTest.created(2, 1));
      idle.append(1, NodeLogTest.entries(1, 0, 3));
      idle.stage(new HardState(1, 1, 2));
      submit(log, idle);
      log.submit(new Batch(Runnable::run).add(new MetaRecord.OwnerChanged(2, "new-owner")));
      GroupLog gone = log.create(NodeLogTest.created(3, 1));
      submit(log, gone);
      log.submit(new Batch(Runnable::run).add(new MetaRecord.GroupRemoved(3, "uid-3")));
      GroupLog moved = log.create(NodeLogTest.created(4, 7));
      submit(log, moved);
      log.submit(new Batch(Runnable::run).add(new MetaRecord.MemberRemoved(4, "uid-4", 7)));
      GroupLog busy = log.create(NodeLogTest.created(1, 1));
      log.onHeldBack(
          held -> {
            assertThat(held.groupId()).isEqualTo(2);
            assertThat(held.remedy()).isEqualTo(HeldBack.Remedy.REWRITE);
            idle.rewriteTail();
          });
      for (int i = 1; i <= 100; i++) {
        writeAndCompact(log, busy, i);
        if (idle.hasStaged()) {
          submit(log, idle);
        }
      }
      assertThat(files.list(LOG).size()).isLessThanOrEqualTo(MAX_LOG_BYTES / SEGMENT_BYTES + 2);
    }
    try (NodeLog log = open()) {
      Recovered recovered = log.recovered();
      assertThat(recovered.failedGroups()).isEmpty();
      assertThat(recovered.groups()).extracting(g -> g.log().groupId()).containsExactly(1, 2);
      Recovered.Group idle = recovered.groups().get(1);
      assertThat(idle.ownerUid()).isEqualTo("new-owner");
      assertThat(idle.creation()).isEqualTo(NodeLogTest.created(2, 1));
      assertThat(idle.hardState()).isEqualTo(new HardState(1, 1, 2));
      assertThat(idle.log().entries(1, 3, 1 << 20, 10)).isEqualTo(NodeLogTest.entries(1, 0, 3));
      assertThat(recovered.removedGroups().stream()).containsExactly(3);
      assertThat(recovered.removedMembers().get(4).highestServerId()).isEqualTo(7);
      assertThat(recovered.highestGroupIdSeen()).isEqualTo(4);
    }
  }

  private void writeAndCompact(NodeLog log, GroupLog group, int index) {
    group.append(index, NodeLogTest.entries(1, index, 1, 1000));
    group.stage(new HardState(1, 1, index));
    if (index > 2) {
      group.compact(index - 1, Workload.snapshot(index - 1, 1));
    }
    submit(log, group);
  }

  @Test
  void spaceComesBackWhenGroupsAreRemovedAlthoughNobodyWritesAnyMore() throws Exception {
    try (NodeLog log = open()) {
      GroupLog group = log.create(NodeLogTest.created(1, 1));
      for (int i = 1; i <= 50; i++) {
        group.append(i, NodeLogTest.entries(1, i, 1, 1000));
        submit(log, group);
      }
      assertThat(files.list(LOG)).hasSizeGreaterThan(10);
      log.submit(new Batch(Runnable::run).add(new MetaRecord.GroupRemoved(1, "uid-1")));
      drain();
      assertThat(files.list(LOG)).hasSize(1);
    }
    try (NodeLog log = open()) {
      assertThat(log.recovered().groups()).isEmpty();
      assertThat(log.recovered().removedGroups().contains(1)).isTrue();
    }
  }

  /** A stuck group is asked for a snapshot first, then to write its entries again. */
  @Test
  void aGroupThatCannotBeSnapshottedIsRewritten() throws Exception {
    List<HeldBack.Remedy> asked = new ArrayList<>();
    try (NodeLog log = open(64 << 10, 4 * (64 << 10))) {
      GroupLog stuck = log.create(NodeLogTest.created(1, 1));
      log.onHeldBack(
          held -> {
            asked.add(held.remedy());
            if (held.remedy() == HeldBack.Remedy.REWRITE) {
              stuck.rewriteTail();
            }
          });
      for (int i = 1; i <= 20; i++) {
        stuck.append(i, NodeLogTest.entries(1, i, 1, 20_000));
        submit(log, stuck);
      }
      GroupLog other = log.create(NodeLogTest.created(2, 1));
      for (int i = 1; i <= 60; i++) {
        other.append(i, NodeLogTest.entries(1, i, 1, 20_000));
        other.stage(new HardState(1, 1, i));
        if (i > 1) {
          other.compact(i, Workload.snapshot(i - 1, 1));
        }
        submit(log, other);
        if (stuck.hasStaged()) {
          submit(log, stuck);
        }
      }
      assertThat(asked).startsWith(HeldBack.Remedy.SNAPSHOT).contains(HeldBack.Remedy.REWRITE);
      assertThat(log.metrics().segments()).isLessThan(15);
      for (int i = 1; i <= 20; i++) {
        assertThat(stuck.entries(i, i, 1, 1)).isEqualTo(NodeLogTest.entries(1, i, 1, 20_000));
      }
    }
    try (NodeLog log = open(64 << 10, 4 * (64 << 10))) {
      GroupLog stuck = log.recovered().groups().get(0).log();
      assertThat(stuck.lastIndex()).isEqualTo(20);
      assertThat(stuck.entries(7, 7, 1, 1)).isEqualTo(NodeLogTest.entries(1, 7, 1, 20_000));
    }
  }

  /** No restart: a member that failed stays failed when the damaged segment is gone. */
  @Test
  void aFailureOutlivesTheSegmentThatWasDamaged() throws Exception {
    try (NodeLog log = open()) {
      GroupLog damaged = log.create(NodeLogTest.created(1, 1));
      damaged.append(1, NodeLogTest.entries(1, 0, 3, 900));
      submit(log, damaged);
      GroupLog other = log.create(NodeLogTest.created(2, 1));
      for (int i = 1; i <= 20; i++) {
        writeAndCompact(log, other, i);
      }
    }
    Path first = LOG.resolve(files.list(LOG).get(0));
    files.bytes(first)[SegmentHeader.BYTES + 500] ^= 1;
    for (int start = 1; start <= 3; start++) {
      try (NodeLog log = open()) {
        assertThat(log.recovered().failedGroups()).containsOnlyKeys(1);
        assertThat(log.recovered().failedGroups().get(1).why()).contains(first.toString());
        GroupLog other = log.recovered().groups().get(0).log();
        for (int i = 0; i < 30; i++) {
          writeAndCompact(log, other, (int) other.lastIndex() + 1);
        }
      }
      assertThat(files.list(LOG)).doesNotContain(first.getFileName().toString());
    }
    try (NodeLog log = open()) {
      log.submit(new Batch(Runnable::run).add(new MetaRecord.MemberRemoved(1, "uid-1", 1)));
      submit(log, log.create(NodeLogTest.created(1, 2)));
    }
    try (NodeLog log = open()) {
      assertThat(log.recovered().failedGroups()).isEmpty();
      assertThat(log.recovered().groups()).extracting(g -> g.creation().selfServerId()).contains(2);
    }
  }

  private void submit(NodeLog log, GroupLog group) {
    log.submit(new Batch(Runnable::run).add(group));
    drain();
  }

  private void drain() {
    while (drive.step()) {
      continue;
    }
  }

  private NodeLog open() throws IOException {
    return open(SEGMENT_BYTES, MAX_LOG_BYTES);
  }

  private NodeLog open(long segmentBytes, long maxLogBytes) throws IOException {
    NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
    identity.close();
    drive = new SteppedDrive();
    return NodeLog.open(
        files,
        DIRECTORY,
        new NodeLogConfig(identity, segmentBytes, 1 << 20, 100, 100, maxLogBytes, 0),
        drive,
        e -> {
          throw new AssertionError(e);
        });
  }
}
