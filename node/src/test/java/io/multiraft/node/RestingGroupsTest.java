package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.Role;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups in which nothing happens, on three nodes with real sockets and disks. */
class RestingGroupsTest {
  private static final int GROUPS = 20;

  @TempDir Path directory;
  private TestCluster cluster;

  @BeforeEach
  void start() throws Exception {
    cluster = new TestCluster(directory, 3);
    cluster.addGroups(IntStream.rangeClosed(1, GROUPS).mapToObj(cluster::spec).toList());
    IntStream.rangeClosed(1, GROUPS).forEach(cluster::awaitLeader);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private void awaitRest(int... nodes) {
    Awaitility.await("all groups at rest")
        .atMost(60, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              for (int node : nodes) {
                assertThat(cluster.node(node).groups().countResting()).isEqualTo(GROUPS);
              }
            });
  }

  private byte[] append(int node, int group) throws Exception {
    return cluster
        .member(node, group)
        .append(("from " + node).getBytes())
        .get(30, TimeUnit.SECONDS);
  }

  @Test
  void everyGroupRestsAndEachMemberTakesWritesAndReadsOutOfIt() throws Exception {
    awaitRest(1, 2, 3);
    for (int node = 1; node <= 3; node++) {
      append(node, 7);
      cluster.member(node, 7).readBarrier().get(30, TimeUnit.SECONDS);
      awaitRest(1, 2, 3);
    }
    for (int node = 1; node <= 3; node++) {
      assertThat(cluster.commands(node, 7)).containsExactly("from 1", "from 2", "from 3");
    }
  }

  @Test
  void leadershipIsHandedOverOutOfARest() throws Exception {
    awaitRest(1, 2, 3);
    int leader = cluster.awaitLeader(3);
    int next = leader % 3 + 1;
    cluster.member(leader, 3).transferLeadership(OptionalInt.of(next)).get(30, TimeUnit.SECONDS);
    assertThat(cluster.awaitLeader(3)).isEqualTo(next);
    awaitRest(1, 2, 3);
  }

  @Test
  void groupsRestWithoutANodeThatIsDownAndCatchItUpWhenItIsBack() throws Exception {
    awaitRest(1, 2, 3);
    cluster.stop(3);
    for (int group = 1; group <= GROUPS; group++) {
      append(1, group);
    }
    awaitRest(1, 2);
    cluster.start(3);
    Awaitility.await("node 3 has what was written meanwhile")
        .atMost(60, TimeUnit.SECONDS)
        .until(
            () ->
                IntStream.rangeClosed(1, GROUPS)
                    .allMatch(group -> cluster.commands(3, group).equals(List.of("from 1"))));
    awaitRest(1, 2, 3);
  }

  @Test
  void aLeaderThatIsRemovedOnANodeThatLivesIsReplaced() throws Exception {
    awaitRest(1, 2, 3);
    int leader = cluster.awaitLeader(5);
    int serverId = cluster.member(leader, 5).status().serverId();
    cluster
        .node(leader)
        .groups()
        .remove(5, "uid-5", OptionalInt.of(serverId))
        .get(30, TimeUnit.SECONDS);
    int other = leader % 3 + 1;
    append(other, 5);
    assertThat(
            IntStream.rangeClosed(1, 3)
                .filter(node -> node != leader)
                .filter(node -> cluster.member(node, 5).status().role() == Role.LEADER)
                .count())
        .isEqualTo(1);
  }
}
