package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node whose disk or event loop hangs answers its peers for all they can see, and must lose what
 * it leads all the same (rule 8 of the node).
 */
class HungNodeTest {
  private static final int GROUPS = 8;

  @TempDir Path directory;
  private final CountDownLatch unblocked = new CountDownLatch(1);
  private TestCluster cluster;

  @BeforeEach
  void start() throws Exception {
    cluster = new TestCluster(directory, 3);
    cluster.addGroups(IntStream.rangeClosed(1, GROUPS).mapToObj(cluster::spec).toList());
    IntStream.rangeClosed(1, GROUPS).forEach(cluster::awaitLeader);
  }

  @AfterEach
  void stop() {
    unblocked.countDown();
    IntStream.rangeClosed(1, 3).forEach(id -> cluster.files(id).thaw());
    cluster.close();
  }

  private void awaitRest() {
    Awaitility.await("all groups at rest")
        .atMost(60, TimeUnit.SECONDS)
        .until(
            () ->
                IntStream.rangeClosed(1, 3)
                    .allMatch(id -> cluster.node(id).groups().countResting() == GROUPS));
  }

  /** The other nodes agree on leaders among themselves, for every group. */
  private void awaitLedWithout(int hung) {
    awaitLedWithout(hung, IntStream.rangeClosed(1, GROUPS).toArray());
  }

  private void awaitLedWithout(int hung, int... groups) {
    int[] others = IntStream.rangeClosed(1, 3).filter(id -> id != hung).toArray();
    Awaitility.await("every group is led by another node than " + hung)
        .atMost(60, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              for (int group : groups) {
                for (int other : others) {
                  assertThat(leaderKnownTo(other, group))
                      .as("leader of group %d known to node %d", group, other)
                      .isNotZero()
                      .isNotEqualTo(hung);
                }
              }
            });
  }

  private int leaderKnownTo(int node, int group) {
    return cluster.member(node, group).status().leaderNodeId().orElse(0);
  }

  @Test
  void aHungDiskLosesGroupsAtRest() throws Exception {
    awaitRest();
    int hung = cluster.awaitLeader(1);
    cluster.files(hung).freeze();
    // Something must be on its way to the disk, or nobody could know that it hangs.
    cluster.member(hung, 1).append("on its way".getBytes());
    awaitLedWithout(hung);
    cluster.files(hung).thaw();
    cluster.awaitLeader(1);
    awaitRest();
  }

  @Test
  void aHungDiskLosesGroupsThatAreActive() throws Exception {
    int hung = cluster.awaitLeader(2);
    cluster.files(hung).freeze();
    for (int group = 1; group <= GROUPS; group++) {
      cluster.member(hung, group).append("on its way".getBytes());
    }
    awaitLedWithout(hung);
  }

  @Test
  void aBlockedLoopLosesWhatIsLedOnIt() throws Exception {
    awaitRest();
    int hung = cluster.awaitLeader(3);
    CountDownLatch blocked = new CountDownLatch(1);
    cluster
        .member(hung, 3)
        .append("its answer blocks the loop".getBytes())
        .thenRun(
            () -> {
              blocked.countDown();
              await(unblocked);
            });
    assertThat(blocked.await(60, TimeUnit.SECONDS)).isTrue();
    // A node of the test has two loops, and a group runs on the one that its id names.
    awaitLedWithout(hung, 1, 3, 5, 7);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
