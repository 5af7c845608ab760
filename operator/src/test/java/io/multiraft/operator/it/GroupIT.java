package io.multiraft.operator.it;

import static io.multiraft.operator.it.World.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Service;
import io.multiraft.crds.BootstrapMember;
import io.multiraft.crds.Condition;
import io.multiraft.crds.RaftGroup;
import io.multiraft.crds.RaftGroupSpec.DeletionPolicy;
import io.multiraft.crds.RaftGroupStatus;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** RaftGroup against a real API server and nodes that speak the contract. */
class GroupIT {
  private static void awaitReason(World world, String group, String type, String reason) {
    soon()
        .untilAsserted(
            () ->
                assertThat(world.condition(group, type).map(Condition::reason))
                    .as("%s of %s", type, group)
                    .contains(reason));
  }

  @Test
  void becomesReadyWithFewWritesAndGoesWithItsFinalizer() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(3);
      world.awaitLeaderCounts(3);
      world.createGroup("warm-up"); // reserves the block of ids
      soon().until(() -> world.isReady("warm-up"));
      soon().until(() -> !world.eventsAbout("warm-up").isEmpty());

      int before = world.faults().calls().size();
      world.createGroup("team-a");
      soon().until(() -> world.isReady("team-a"));
      soon().until(() -> world.eventsAbout("team-a").size() == 2);
      Thread.sleep(2_000); // for writes that should not come
      List<String> writes =
          world.faults().calls().stream()
              .skip(before)
              .filter(call -> !call.startsWith("node"))
              .filter(call -> !call.contains("raftclusters"))
              .toList();
      assertThat(writes).as("writes to make one group").hasSizeLessThanOrEqualTo(5);

      RaftGroupStatus status = world.group("team-a").getStatus();
      assertThat(status.groupId()).isEqualTo(2);
      assertThat(status.ready()).isEqualTo("3/3");
      assertThat(status.leader()).isIn("demo-0", "demo-1", "demo-2");
      assertThat(status.endpoint()).isEqualTo("demo." + world.namespace() + ".svc:2379");
      assertThat(status.bootstrapMembers())
          .extracting(BootstrapMember::nodeId)
          .containsExactlyInAnyOrder(1, 2, 3);
      assertThat(status.conditions())
          .extracting(Condition::type)
          .containsExactly("Ready", "Available", "UpToDate", "Healthy");
      assertThat(status.conditions()).allMatch(one -> one.status() == Condition.Status.True);
      assertThat(world.eventsAbout("team-a"))
          .extracting(Event::getReason)
          .containsExactlyInAnyOrder("Bootstrapping", "Ready");

      world.deleteGroup("team-a");
      soon().until(() -> world.group("team-a") == null);
      for (int ordinal = 0; ordinal < 3; ordinal++) {
        assertThat(world.fleet().node(ordinal).groupIds()).containsExactly(1);
      }
    }
  }

  @Test
  void hundredGroupsAreMadeInBatches() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(5);
      IntStream.range(0, 100).forEach(i -> world.createGroup("g-" + i));
      soon().until(() -> IntStream.range(0, 100).allMatch(i -> world.isReady("g-" + i)));
      assertThat(world.fleet().distinctBootstraps()).hasSize(100);
      assertThat(world.fleet().requests("PUT")).as("300 members in fewer calls").isLessThan(300);
      for (int ordinal = 0; ordinal < 5; ordinal++) {
        assertThat(world.fleet().node(ordinal).groupIds()).hasSizeBetween(58, 62);
      }
      List<Integer> ids =
          IntStream.range(0, 100)
              .map(i -> world.group("g-" + i).getStatus().groupId())
              .boxed()
              .toList();
      assertThat(ids).doesNotHaveDuplicates();
      System.out.printf(
          "100 groups: %d changing calls, %d PUT to nodes%n",
          world.faults().calls().size(), world.fleet().requests("PUT"));
    }
  }

  @Test
  void followsTheLeaderAndTheMembers() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(3);
      world.createGroup("team-a");
      soon().until(() -> world.isReady("team-a"));
      String leader = world.group("team-a").getStatus().leader();
      int ordinal = Integer.parseInt(leader.substring(leader.length() - 1));
      world.deletePod(ordinal);
      soon()
          .until(
              () ->
                  !leader.equals(world.group("team-a").getStatus().leader())
                      && "2/3".equals(world.group("team-a").getStatus().ready()));
      assertThat(world.condition("team-a", "Available").orElseThrow().status())
          .isEqualTo(Condition.Status.True);
      assertThat(world.condition("team-a", "Healthy").orElseThrow().reason())
          .isEqualTo("MemberUnreachable");
      world.runPod(ordinal);
      soon().until(() -> world.isReady("team-a"));
      assertThat(world.fleet().distinctBootstraps()).hasSize(1);
    }
  }

  @Test
  void waitsForNodesAndSaysSo() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.createGroup("early");
      awaitReason(world, "early", "Ready", "ClusterNotFound");
      world.createCluster(3);
      awaitReason(world, "early", "Ready", "WaitingForNodes");
      world.createGroup("five", 5, false, DeletionPolicy.Delete);
      awaitReason(world, "five", "Ready", "InsufficientNodes");
      world.runPods();
      soon().until(() -> world.isReady("early"));
      assertThat(world.group("five").getStatus().groupId()).isNull();
      world.deleteGroup("five");
      soon().until(() -> world.group("five") == null);
    }
  }

  @Test
  void givesNoIdThatANodeRemembers() throws Exception {
    try (World world = new World()) {
      world.createCluster(3);
      world.startOperator();
      soon().until(() -> world.statefulSet() != null);
      for (int ordinal = 0; ordinal < 3; ordinal++) {
        world.runPod(ordinal);
      }
      world.fleet().node(1).remember(41);
      world.runPods();
      world.createGroup("team-a");
      soon().until(() -> world.isReady("team-a"));
      assertThat(world.group("team-a").getStatus().groupId()).isEqualTo(42);

      // The cluster is made again: its status is empty, its disks are not.
      world.deleteCluster();
      awaitReason(world, "team-a", "Ready", "ClusterNotFound");
      world.createCluster(3);
      world.createGroup("team-b");
      soon().until(() -> world.isReady("team-b") && world.isReady("team-a"));
      assertThat(world.group("team-b").getStatus().groupId()).isEqualTo(43);
    }
  }

  @Test
  void aGroupRemovedBehindTheBackIsNotMadeAgainWhereItsTombstoneStands() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(3);
      world.createGroup("team-a");
      soon().until(() -> world.isReady("team-a"));
      int id = world.group("team-a").getStatus().groupId();
      int puts = world.fleet().requests("PUT");
      world.fleet().node(1).removeBehindTheBack(id);
      awaitReason(world, "team-a", "Healthy", "NoSpareNode");
      assertThat(world.group("team-a").getStatus().ready()).isEqualTo("2/3");
      world.stopOperator();
      world.startOperator();
      world.fleet().node(2).loseDisk();
      world.runPod(2);
      soon()
          .until(
              () ->
                  world.group("team-a").getStatus().members().stream()
                      .anyMatch(member -> "Lost".equals(member.state())));
      assertThat(world.fleet().requests("PUT")).as("nothing is made again").isEqualTo(puts);
      assertThat(world.condition("team-a", "Available").orElseThrow().reason())
          .isEqualTo("QuorumLost");
    }
  }

  @Test
  void deletionEndsWhateverIsGone() throws Exception {
    try (World world = new World().removalTimeout(Duration.ofSeconds(3))) {
      world.orphanGrace(Duration.ofSeconds(1)).startOperator();
      world.startCluster(3);
      for (String name : List.of("node-away", "kept", "last")) {
        world.createGroup(
            name, 3, false, name.equals("kept") ? DeletionPolicy.Retain : DeletionPolicy.Delete);
        soon().until(() -> world.isReady(name));
      }
      int away = world.group("node-away").getStatus().groupId();
      int kept = world.group("kept").getStatus().groupId();

      world.deletePod(2);
      world.deleteGroup("node-away");
      soon().until(() -> world.group("node-away") == null);
      assertThat(world.fleet().node(0).groupIds()).doesNotContain(away);
      assertThat(world.fleet().node(2).groupIds()).contains(away);

      world.deleteGroup("kept");
      soon().until(() -> world.group("kept") == null);
      assertThat(world.fleet().node(0).groupIds()).contains(kept);

      world.runPod(2);
      world.nudgeCluster();
      soon()
          .until(
              () -> {
                world.nudgeCluster();
                return !world.fleet().node(2).groupIds().contains(away);
              });
      assertThat(world.fleet().node(2).groupIds()).as("retained groups stay").contains(kept);

      world.deleteCluster();
      soon().until(() -> world.cluster() == null);
      world.deleteGroup("last");
      soon().until(() -> world.group("last") == null);
    }
  }

  @Test
  void aServiceOfItsOwnAndNobodyElses() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(3);
      world.createGroup("team-a", 1, true, DeletionPolicy.Delete);
      soon().until(() -> world.isReady("team-a"));
      RaftGroup group = world.group("team-a");
      assertThat(group.getStatus().endpoint())
          .isEqualTo("team-a." + world.namespace() + ".svc:2379");
      Service service =
          world.client().services().inNamespace(world.namespace()).withName("team-a").get();
      assertThat(service.getMetadata().getOwnerReferences().get(0).getUid())
          .isEqualTo(group.getMetadata().getUid());
      assertThat(service.getSpec().getSelector()).containsEntry("multiraft.io/cluster", "demo");

      world.createGroup("demo", 1, true, DeletionPolicy.Delete);
      awaitReason(world, "demo", "UpToDate", "ServiceNameTaken");
      assertThat(
              world
                  .client()
                  .services()
                  .inNamespace(world.namespace())
                  .withName("demo")
                  .get()
                  .getMetadata()
                  .getLabels())
          .doesNotContainKey("multiraft.io/group");
    }
  }

  @Test
  void aNodeThatDrainsTakesItsMembersLater() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(3);
      world.fleet().node(0).setDraining(true);
      world.createGroup("team-a");
      soon()
          .until(
              () ->
                  world.group("team-a").getStatus() != null
                      && "2/3".equals(world.group("team-a").getStatus().ready()));
      world.fleet().node(0).setDraining(false);
      soon().until(() -> world.isReady("team-a"));
    }
  }
}
