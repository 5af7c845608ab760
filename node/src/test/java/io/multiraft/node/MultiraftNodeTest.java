package io.multiraft.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.multiraft.node.group.AddResult;
import io.multiraft.node.group.GroupSpec;
import io.multiraft.node.group.Refusal;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.ServerConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes over real sockets and disks. */
class MultiraftNodeTest {
  @TempDir Path directory;
  private TestCluster cluster;

  @BeforeEach
  void start() throws Exception {
    cluster = new TestCluster(directory, 3);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private String append(int nodeId, int groupId, String command) throws Exception {
    byte[] result =
        cluster.member(nodeId, groupId).append(command.getBytes(UTF_8)).get(30, TimeUnit.SECONDS);
    return new String(result, UTF_8);
  }

  private AddResult add(int nodeId, GroupSpec spec) throws Exception {
    return cluster.node(nodeId).groups().add(List.of(spec)).get(30, TimeUnit.SECONDS).get(0);
  }

  private void assertRefused(AddResult result, Refusal refusal) {
    assertThat(result)
        .isInstanceOfSatisfying(
            AddResult.Refused.class,
            refused -> assertThat(refused.why().refusal()).isEqualTo(refusal));
  }

  @Test
  void everyMemberTakesWritesAndAllApplyTheSame() throws Exception {
    cluster.addGroup(1);
    cluster.awaitLeader(1);
    assertThat(append(1, 1, "a")).isEqualTo("1");
    assertThat(append(2, 1, "b")).isEqualTo("2");
    assertThat(append(3, 1, "c")).isEqualTo("3");
    for (int node = 1; node <= 3; node++) {
      cluster.member(node, 1).readBarrier().get(30, TimeUnit.SECONDS);
      assertThat(cluster.commands(node, 1)).containsExactly("a", "b", "c");
    }
  }

  @Test
  void writesSurviveTheRestartOfEveryNode() throws Exception {
    cluster.addGroup(1);
    cluster.awaitLeader(1);
    for (int i = 0; i < 50; i++) {
      append(1 + i % 3, 1, "v" + i);
    }
    for (int node = 1; node <= 3; node++) {
      cluster.stop(node);
    }
    for (int node = 1; node <= 3; node++) {
      cluster.start(node);
    }
    cluster.awaitLeader(1);
    assertThat(append(2, 1, "last")).isEqualTo("51");
  }

  @Test
  void aHundredGroupsShareThePort() throws Exception {
    cluster.addGroups(IntStream.rangeClosed(1, 100).mapToObj(cluster::spec).toList());
    List<CompletableFuture<byte[]>> writes = new ArrayList<>();
    for (int group = 1; group <= 100; group++) {
      for (int i = 0; i < 20; i++) {
        writes.add(cluster.member(1 + i % 3, group).append(("c" + i).getBytes(UTF_8)));
      }
    }
    CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
    for (int group = 1; group <= 100; group++) {
      cluster.member(3, group).readBarrier().get(30, TimeUnit.SECONDS);
      assertThat(cluster.commands(3, group)).hasSize(20);
    }
  }

  @Test
  void aStoppedLeaderHandsOverAndTheGroupGoesOn() throws Exception {
    cluster.addGroup(1);
    int leader = cluster.awaitLeader(1);
    append(leader, 1, "before");
    int other = leader % 3 + 1;
    cluster.stop(leader);
    assertThat(append(other, 1, "after")).isEqualTo("2");
    cluster.start(leader);
    cluster.awaitLeader(1);
    cluster.member(leader, 1).readBarrier().get(30, TimeUnit.SECONDS);
    assertThat(cluster.commands(leader, 1)).containsExactly("before", "after");
  }

  @Test
  void leadershipGoesToTheServerThatIsNamed() throws Exception {
    cluster.addGroup(1);
    int leader = cluster.awaitLeader(1);
    int target = leader % 3 + 1;
    int now =
        cluster
            .member(leader, 1)
            .transferLeadership(OptionalInt.of(target))
            .get(30, TimeUnit.SECONDS);
    assertThat(now).isEqualTo(target);
    assertThat(append(leader, 1, "x")).isEqualTo("1");
  }

  @Test
  void addingTheSameAgainChangesNothingAndDifferencesAreRefused() throws Exception {
    GroupSpec spec = cluster.spec(7);
    assertThat(add(1, spec)).isEqualTo(new AddResult.Made(7));
    assertThat(add(1, spec)).isEqualTo(new AddResult.Existing(7));
    assertRefused(add(1, with(spec, "other-uid", spec.members())), Refusal.OTHER_UID);
    assertRefused(
        add(1, with(spec, spec.uid(), spec.members().subList(0, 1))), Refusal.OTHER_MEMBERS);
    List<ServerConfig> reborn = new ArrayList<>(cluster.members());
    reborn.set(
        0,
        ServerConfig.voter(1, reborn.get(0).endpoint(), new NodeRef(1, UUID.randomUUID()).toAux()));
    assertRefused(add(1, renumbered(spec, 8, reborn)), Refusal.OTHER_INCARNATION);
    assertRefused(
        add(1, renumbered(spec, 9, cluster.members().subList(1, 3))), Refusal.NOT_A_MEMBER);
    cluster.node(1).groups().drain(true);
    assertRefused(add(1, cluster.spec(10)), Refusal.NODE_DRAINING);
  }

  private static GroupSpec with(GroupSpec spec, String uid, List<ServerConfig> members) {
    return new GroupSpec(
        spec.groupId(), uid, spec.name(), "default", "Delete", spec.mode(), 0, members);
  }

  private static GroupSpec renumbered(GroupSpec spec, int id, List<ServerConfig> members) {
    return new GroupSpec(id, spec.uid(), spec.name(), "default", "Delete", spec.mode(), 0, members);
  }

  @Test
  void aRemovedGroupNeverComesBack() throws Exception {
    cluster.addGroup(1);
    cluster.awaitLeader(1);
    append(1, 1, "a");
    assertThatThrownBy(
            () ->
                cluster
                    .node(1)
                    .groups()
                    .remove(1, "somebody-else", OptionalInt.empty())
                    .get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class);
    for (int node = 1; node <= 3; node++) {
      for (int twice = 0; twice < 2; twice++) {
        cluster
            .node(node)
            .groups()
            .remove(1, "uid-1", OptionalInt.empty())
            .get(30, TimeUnit.SECONDS);
      }
      assertThat(cluster.node(node).groups().byId(1)).isEmpty();
      assertRefused(add(node, cluster.spec(1)), Refusal.TOMBSTONE);
    }
    cluster.stop(1);
    cluster.start(1);
    assertThat(cluster.node(1).groups().byId(1)).isEmpty();
    assertRefused(add(1, cluster.spec(1)), Refusal.TOMBSTONE);
    assertThat(cluster.node(1).groups().highestGroupIdSeen()).isEqualTo(1);
  }

  @Test
  void aRemovedMemberNeedsAHigherServerId() throws Exception {
    cluster.addGroup(1);
    cluster.awaitLeader(1);
    cluster.node(1).groups().remove(1, "uid-1", OptionalInt.of(1)).get(30, TimeUnit.SECONDS);
    assertRefused(add(1, cluster.spec(1)), Refusal.TOMBSTONE);
    assertRefused(add(1, join(1)), Refusal.TOMBSTONE);
    assertThat(add(1, join(4))).isEqualTo(new AddResult.Made(1));
    assertThat(cluster.member(1, 1).status().serverId()).isEqualTo(4);
  }

  private GroupSpec join(int serverId) {
    return new GroupSpec(
        1,
        "uid-1",
        "g1",
        "default",
        "Delete",
        GroupSpec.Mode.JOIN,
        serverId,
        cluster.members().subList(1, 3));
  }

  @Test
  void aThrowingStateMachineTakesDownItsGroupOnly() throws Exception {
    cluster.addGroups(List.of(cluster.spec(1), cluster.spec(2)));
    cluster.awaitLeader(1);
    cluster.awaitLeader(2);
    int leader = cluster.awaitLeader(1);
    cluster.member(leader, 1).append("throw".getBytes(UTF_8));
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> cluster.member(leader, 1).status().failure().isPresent());
    assertThat(cluster.member(leader, 1).status().failure().orElseThrow())
        .contains("asked to throw");
    assertThat(append(1, 2, "fine")).isEqualTo("1");
  }

  @Test
  void aWriteWithoutQuorumEndsAsUnknownOrWithoutLeader() throws Exception {
    cluster.addGroup(1);
    int leader = cluster.awaitLeader(1);
    int second = leader % 3 + 1;
    int third = second % 3 + 1;
    cluster.stop(second);
    cluster.stop(third);
    assertThatThrownBy(() -> append(leader, 1, "alone"))
        .cause()
        .isInstanceOfSatisfying(
            RaftException.class,
            e ->
                assertThat(e.reason())
                    .isIn(RaftException.Reason.UNKNOWN_OUTCOME, RaftException.Reason.NO_LEADER));
  }
}
