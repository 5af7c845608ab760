package io.multiraft.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.multiraft.node.raft.MembershipChange.AddLearner;
import io.multiraft.node.raft.MembershipChange.Demote;
import io.multiraft.node.raft.MembershipChange.Promote;
import io.multiraft.node.raft.MembershipChange.Remove;
import io.multiraft.node.raft.MembershipChange.SetPriority;
import io.multiraft.node.raft.MembershipResult;
import io.multiraft.node.raft.ServerConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members come and go while a group works, over real sockets and disks. */
class MembershipIT {
  private static final int GROUP = 1;

  @TempDir Path directory;
  private TestCluster cluster;

  @AfterEach
  void stop() {
    cluster.close();
  }

  private void assertAllApplied(List<String> acknowledged, int... nodes) throws Exception {
    for (int node : nodes) {
      cluster.member(node, GROUP).readBarrier().get(60, TimeUnit.SECONDS);
      assertThat(cluster.commands(node, GROUP))
          .as("node %d", node)
          .containsSubsequence(acknowledged)
          .doesNotHaveDuplicates();
    }
  }

  private void addVoter(int node, int serverId, List<ServerConfig> members) throws Exception {
    cluster.join(node, GROUP, serverId, members);
    cluster.change(GROUP, new AddLearner(cluster.learner(node, serverId)));
    cluster.change(GROUP, new Promote(serverId));
  }

  private void removeMember(int node, int serverId) throws Exception {
    cluster.change(GROUP, new Remove(serverId));
    cluster
        .node(node)
        .groups()
        .remove(GROUP, "uid-" + GROUP, OptionalInt.of(serverId))
        .get(30, TimeUnit.SECONDS);
  }

  private List<Integer> voters() {
    return cluster.member(cluster.awaitLeader(GROUP), GROUP).status().members().stream()
        .filter(ServerConfig::isVoter)
        .map(ServerConfig::serverId)
        .sorted()
        .toList();
  }

  @Test
  void aGroupGrowsFromThreeToFiveAndShrinksAgainUnderLoad() throws Exception {
    cluster = new TestCluster(directory, 5);
    List<ServerConfig> three = cluster.members().subList(0, 3);
    cluster.addGroup(GROUP, three);
    cluster.awaitLeader(GROUP);
    int[] next = new int[1];
    try (Load load = new Load(() -> cluster.member(1 + next[0]++ % 2 * 2, GROUP))) {
      addVoter(4, 4, three);
      addVoter(5, 5, three);
      assertThat(voters()).containsExactly(1, 2, 3, 4, 5);
      removeMember(2, 2);
      assertThat(voters()).containsExactly(1, 3, 4, 5);
      removeMember(4, 4);
      List<String> acknowledged = load.stop();
      assertThat(acknowledged).isNotEmpty();
      assertThat(voters()).containsExactly(1, 3, 5);
      assertAllApplied(acknowledged, 1, 3, 5);
    }
  }

  @Test
  void aNodeThatLostItsDiskComesBackAsANewMember() throws Exception {
    cluster = new TestCluster(directory, 3);
    cluster.addGroup(GROUP, cluster.members());
    int leader = cluster.awaitLeader(GROUP);
    int lost = leader % 3 + 1;
    int other = lost % 3 + 1;
    List<ServerConfig> known = cluster.members();
    try (Load load = new Load(() -> cluster.member(leader, GROUP))) {
      cluster.wipe(lost);
      cluster.start(lost);
      assertThat(cluster.node(lost).groups().byId(GROUP)).isEmpty();
      addVoter(lost, 4, known);
      cluster.change(GROUP, new Remove(lost));
      List<String> acknowledged = load.stop();
      assertThat(acknowledged).isNotEmpty();
      assertThat(voters()).hasSize(3).contains(4).doesNotContain(lost);
      assertThat(cluster.member(other, GROUP).status().highestServerId()).isEqualTo(4);
      assertAllApplied(acknowledged, lost, leader, other);
    }
    cluster.stop(leader);
    assertThat(
            new String(
                cluster.member(other, GROUP).append("x".getBytes(UTF_8)).get(60, TimeUnit.SECONDS),
                UTF_8))
        .as("the new member votes")
        .isNotEmpty();
  }

  @Test
  void refusalsSayWhyAndChangeNothing() throws Exception {
    cluster = new TestCluster(directory, 3);
    cluster.addGroup(GROUP, cluster.members());
    int leader = cluster.awaitLeader(GROUP);
    RaftServer server = cluster.member(leader, GROUP);
    server.append("a".getBytes(UTF_8)).get(30, TimeUnit.SECONDS);
    long index = server.status().configurationIndex();
    int follower = leader % 3 + 1;
    assertRefused(server, index + 1, new Remove(follower), MembershipResult.StaleIndex.class);
    assertRefused(server, index, new Remove(77), MembershipResult.UnknownServer.class);
    assertRefused(
        server, index, new AddLearner(cluster.learner(1, 2)), MembershipResult.ServerIdUsed.class);
    assertRefused(
        cluster.member(follower, GROUP),
        index,
        new Remove(leader),
        MembershipResult.NotLeader.class);
    assertThat(server.changeMembership(index, new Promote(follower)).get(30, TimeUnit.SECONDS))
        .as("is a voter already")
        .isEqualTo(index);
    cluster.stop(follower);
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(
            () ->
                server.status().progress().stream()
                    .anyMatch(member -> member.serverId() == follower && !member.live()));
    int third = follower % 3 + 1;
    assertRefused(server, index, new Remove(third), MembershipResult.WouldLoseQuorum.class);
    assertThat(server.status().configurationIndex()).isEqualTo(index);
  }

  private static void assertRefused(
      RaftServer server,
      long index,
      io.multiraft.node.raft.MembershipChange change,
      Class<? extends MembershipResult> why) {
    assertThatThrownBy(() -> server.changeMembership(index, change).get(30, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            MembershipException.class, e -> assertThat(e.why()).isInstanceOf(why));
  }

  @Test
  void aLearnerMayBeADemotedVoterAndPrioritiesTravel() throws Exception {
    cluster = new TestCluster(directory, 3);
    cluster.addGroup(GROUP, cluster.members());
    int leader = cluster.awaitLeader(GROUP);
    int follower = leader % 3 + 1;
    cluster.change(GROUP, new Demote(follower));
    assertThat(voters()).hasSize(2).doesNotContain(follower);
    cluster.change(GROUP, new Promote(follower));
    cluster.change(GROUP, new SetPriority(follower, 5));
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(
            () ->
                cluster.member(follower, GROUP).status().members().stream()
                    .anyMatch(m -> m.serverId() == follower && m.priority() == 5 && m.isVoter()));
  }
}
