package io.multiraft.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.MembershipChange.AddLearner;
import io.multiraft.node.raft.MembershipChange.Promote;
import io.multiraft.node.raft.MembershipChange.Remove;
import io.multiraft.node.raft.ServerConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots are taken, sent, received and begun from, over real sockets and disks. */
class SnapshotIT {
  private static final int GROUP = 1;
  private static final int DISTANCE = 50;
  private static final SnapshotConfig OFTEN =
      new SnapshotConfig(DISTANCE, 1L << 30, 5, 1L << 30, 2, 2, 2);

  /** Larger than what one frame of a snapshot carries, all in all. */
  private static final String PADDING = "x".repeat(2_000);

  @TempDir Path directory;
  private TestCluster cluster;
  private int written;

  @BeforeEach
  void start() throws Exception {
    cluster = new TestCluster(directory, 4, OFTEN, groupId -> new CounterMachine());
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private void write(int node, int count) throws Exception {
    List<CompletableFuture<byte[]>> writes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String command = written++ + PADDING;
      writes.add(cluster.member(node, GROUP).append(command.getBytes(UTF_8)));
    }
    CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
  }

  private void assertHasAll(int node) throws Exception {
    cluster.member(node, GROUP).readBarrier().get(60, TimeUnit.SECONDS);
    assertThat(cluster.commands(node, GROUP)).as("node %d", node).hasSize(written);
  }

  private GroupStatus status(int node) {
    return cluster.member(node, GROUP).status();
  }

  private List<ServerConfig> three() {
    return cluster.members().subList(0, 3);
  }

  private void awaitSnapshotBeyond(int node, long index) {
    Awaitility.await("a snapshot of node " + node)
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> status(node).snapshotIndex() > index);
  }

  private List<Path> files(int node) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("node-" + node + "/snapshots"))) {
      return files.sorted(Comparator.reverseOrder()).toList();
    }
  }

  @Test
  void aFollowerThatLacksWhatWasCompactedGetsASnapshotAndThenTheLog() throws Exception {
    cluster.addGroup(GROUP, three());
    int leader = cluster.awaitLeader(GROUP);
    int behind = leader % 3 + 1;
    write(leader, 10);
    assertHasAll(behind);
    long lastIndex = status(behind).lastIndex();
    cluster.stop(behind);
    write(leader, 6 * DISTANCE);
    awaitSnapshotBeyond(leader, lastIndex + 2 * DISTANCE);
    cluster.start(behind);
    awaitSnapshotBeyond(behind, lastIndex);
    write(leader, 7);
    assertHasAll(behind);
  }

  @Test
  void aNewMemberIsCaughtUpBySnapshotAndPromoted() throws Exception {
    cluster.addGroup(GROUP, three());
    int leader = cluster.awaitLeader(GROUP);
    write(leader, 4 * DISTANCE);
    awaitSnapshotBeyond(leader, 2 * DISTANCE);
    cluster.join(4, GROUP, 4, three());
    cluster.change(GROUP, new AddLearner(cluster.learner(4, 4)));
    write(leader, 1);
    cluster.change(GROUP, new Promote(4));
    write(leader, 5);
    assertHasAll(4);
    assertThat(status(4).snapshotIndex()).isPositive();
    assertThat(status(4).members()).hasSize(4).allMatch(ServerConfig::isVoter);
  }

  @Test
  void everyNodeBeginsWithItsSnapshotAndTheLogBehindIt() throws Exception {
    cluster.addGroup(GROUP, three());
    int leader = cluster.awaitLeader(GROUP);
    write(leader, 3 * DISTANCE + 7);
    for (int node = 1; node <= 3; node++) {
      assertHasAll(node);
      awaitSnapshotBeyond(node, DISTANCE);
    }
    for (int node = 1; node <= 3; node++) {
      cluster.stop(node);
    }
    for (int node = 1; node <= 3; node++) {
      cluster.start(node);
      assertThat(status(node).snapshotIndex()).isGreaterThan(DISTANCE);
    }
    cluster.awaitLeader(GROUP);
    write(1, 3);
    for (int node = 1; node <= 3; node++) {
      assertHasAll(node);
    }
  }

  @Test
  void aDamagedSnapshotIsPassedOverOrItsMemberFailsAndSaysSo() throws Exception {
    cluster.addGroup(GROUP, three());
    int leader = cluster.awaitLeader(GROUP);
    write(leader, 4 * DISTANCE);
    int node = leader % 3 + 1;
    awaitSnapshotBeyond(node, 2 * DISTANCE);
    assertHasAll(node);
    cluster.stop(node);
    for (Path file : files(node)) {
      flipLastByte(file);
    }
    cluster.start(node);
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> status(node).state() == GroupStatus.State.FAILED);
    assertThat(status(node).failure().orElseThrow()).containsIgnoringCase("snapshot");
    write(leader, 5); // the others go on
    assertHasAll(leader);
    // rebuilt from its peers, under a new server id
    cluster
        .node(node)
        .groups()
        .remove(GROUP, "uid-" + GROUP, java.util.OptionalInt.of(node))
        .get(30, TimeUnit.SECONDS);
    cluster.join(node, GROUP, 5, three());
    cluster.change(GROUP, new AddLearner(cluster.learner(node, 5)));
    write(leader, 1);
    cluster.change(GROUP, new Promote(5));
    cluster.change(GROUP, new Remove(node));
    assertHasAll(node);
  }

  private static void flipLastByte(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      long at = channel.size() - 40;
      channel.read(one, at);
      one.flip();
      one.put(0, (byte) (one.get(0) ^ 1));
      channel.write(one, at);
    }
  }

  @Test
  void aSnapshotThatIsAskedForHasWhatWasAppliedAndARemovedGroupKeepsNone() throws Exception {
    cluster.addGroup(GROUP, three());
    int leader = cluster.awaitLeader(GROUP);
    write(leader, 3);
    long applied = status(leader).appliedIndex();
    long index = cluster.member(leader, GROUP).snapshot().get(30, TimeUnit.SECONDS);
    assertThat(index).isGreaterThanOrEqualTo(applied);
    assertThat(cluster.member(leader, GROUP).snapshot().get(30, TimeUnit.SECONDS))
        .as("the same state needs no other")
        .isEqualTo(index);
    assertThat(files(leader)).hasSize(1);
    cluster
        .node(leader)
        .groups()
        .remove(GROUP, "uid-" + GROUP, java.util.OptionalInt.empty())
        .get(30, TimeUnit.SECONDS);
    assertThat(files(leader)).isEmpty();
  }

  @Test
  void aMachineThatThrowsOnceIsBuiltAgainFromItsSnapshot() throws Exception {
    cluster.addGroup(GROUP, three());
    int leader = cluster.awaitLeader(GROUP);
    write(leader, 2 * DISTANCE + 20);
    awaitSnapshotBeyond(leader, DISTANCE);
    StateMachine before = cluster.member(leader, GROUP).stateMachine();
    ((CounterMachine) before).throwOnce();
    write(leader, 5);
    assertHasAll(leader);
    assertThat(cluster.member(leader, GROUP).stateMachine()).isNotSameAs(before);
    assertThat(status(leader).state()).isEqualTo(GroupStatus.State.RUNNING);
  }
}
