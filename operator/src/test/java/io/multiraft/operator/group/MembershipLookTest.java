package io.multiraft.operator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.operator.group.MembershipPlanner.Health;
import io.multiraft.operator.group.MembershipPlanner.Replica;
import io.multiraft.operator.group.MembershipPlanner.Seat;
import io.multiraft.operator.group.MembershipPlanner.Spare;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.MemberDocument;
import io.multiraft.operator.observe.NodeView.Contact;
import io.multiraft.operator.observe.NodeView.Identity;
import io.multiraft.operator.observe.ProgressDocument;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Server n is on node n, pod {@code demo-(n-1)}, with incarnation {@code in}; server 4 learns. */
class MembershipLookTest {
  private static final ClusterKey CLUSTER = new ClusterKey("ns", "demo");
  private static final Duration REPLACE_AFTER = Duration.ofSeconds(600);
  private static final String UID = "u";

  private Duration away = Duration.ZERO;
  private final List<Sighting> sightings = new ArrayList<>();

  private static MemberDocument member(int id, boolean learner) {
    return new MemberDocument(id, id, "i" + id, "a" + id, learner, 1);
  }

  private static GroupDocument group(int serverId, String role, String state, List<Integer> ids) {
    return new GroupDocument(
        7,
        UID,
        "g",
        "ns",
        "Delete",
        state,
        serverId,
        role,
        5,
        1,
        1,
        true,
        9,
        6,
        ids.stream().map(id -> member(id, id == 4)).toList(),
        List.of(new ProgressDocument(4, true, true)),
        "FAILED".equals(state) ? "broken" : null);
  }

  private static GroupDocument follower(int serverId) {
    return group(serverId, "FOLLOWER", "RUNNING", List.of(1, 2, 3, 4));
  }

  private MembershipLookTest see(
      int node, Contact contact, String incarnation, GroupDocument group) {
    sightings.removeIf(one -> one.podName().equals("demo-" + (node - 1)));
    sightings.add(
        new Sighting(
            "demo-" + (node - 1),
            contact,
            Optional.of(new Identity(node, incarnation, 1, "a" + node)),
            Optional.ofNullable(group)));
    return this;
  }

  private MembershipLookTest all() {
    see(1, Contact.SYNCED, "i1", group(1, "LEADER", "RUNNING", List.of(1, 2, 3, 4)));
    for (int id = 2; id <= 4; id++) {
      see(id, Contact.SYNCED, "i" + id, follower(id));
    }
    return this;
  }

  private MembershipLook look() {
    GroupDocument leader = GroupMembers.of(sightings, UID).leader().orElseThrow();
    return new MembershipLook(CLUSTER, leader, sightings, pod -> away, REPLACE_AFTER);
  }

  private Health healthOf(int serverId) {
    return look().seats().stream()
        .filter(seat -> seat.serverId() == serverId)
        .map(Seat::health)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void seatsAreAsTheLeaderShowsThem() {
    assertThat(all().look().seats())
        .containsExactly(
            new Seat(1, 1, true, Health.HERE, false, true),
            new Seat(2, 2, true, Health.HERE, false, false),
            new Seat(3, 3, true, Health.HERE, false, false),
            new Seat(4, 4, false, Health.HERE, true, false));
    assertThat(look().highestServerId()).isEqualTo(6);
  }

  @Test
  void aNodeOutOfReachIsAwayAndAfterItsTimeGone() {
    all().see(2, Contact.LOST, "i2", follower(2)).see(4, Contact.LOST, "i4", follower(4));
    away = REPLACE_AFTER.minusMillis(1);
    assertThat(healthOf(2)).isEqualTo(Health.AWAY);
    assertThat(healthOf(4)).as("a learner too").isEqualTo(Health.AWAY);
    away = REPLACE_AFTER;
    assertThat(healthOf(2)).isEqualTo(Health.GONE);
    assertThat(healthOf(4)).isEqualTo(Health.GONE);
    sightings.removeIf(one -> one.podName().equals("demo-1"));
    assertThat(healthOf(2)).as("a pod that is not there").isEqualTo(Health.GONE);
  }

  @Test
  void whatIsNotCurrentIsNotKnown() {
    all().see(2, Contact.RECONNECTING, "i2", null).see(3, Contact.CONNECTING, "i3", null);
    away = REPLACE_AFTER;
    assertThat(healthOf(2)).isEqualTo(Health.UNKNOWN);
    assertThat(healthOf(3)).isEqualTo(Health.UNKNOWN);
  }

  @Test
  void anotherDiskAnotherMemberAndNoneMeanThatItIsGone() {
    all().see(2, Contact.SYNCED, "other", follower(2)).see(3, Contact.SYNCED, "i3", follower(7));
    assertThat(healthOf(2)).isEqualTo(Health.GONE);
    assertThat(healthOf(3)).isEqualTo(Health.GONE);
    see(3, Contact.SYNCED, "i3", null);
    assertThat(healthOf(3)).isEqualTo(Health.GONE);
    see(3, Contact.SYNCED, "i3", group(3, "FOLLOWER", "FAILED", List.of(1, 2, 3)));
    assertThat(healthOf(3)).isEqualTo(Health.FAILED);
  }

  @Test
  void replicasThatNobodyNamesAreFoundWhereTheListIsComplete() {
    all().see(5, Contact.SYNCED, "i5", follower(7)).see(6, Contact.RECONNECTING, "i6", follower(8));
    assertThat(look().replicas()).containsExactly(new Replica(7, 5));
  }

  @Test
  void sparesHaveNothingOfTheIdAndMayTakeSomething() {
    all()
        .see(5, Contact.SYNCED, "i5", null)
        .see(6, Contact.LOST, "i6", null)
        .see(7, Contact.SYNCED, "i7", null);
    assertThat(look().spares(pod -> !pod.equals("demo-6"), nodeId -> 10 + nodeId))
        .containsExactly(new Spare(5, 15));
  }

  /** The others may still need its vote to learn that it is none of them any more. */
  @Test
  void aLeaderThatTookItselfOutIsNotBelieved() {
    see(1, Contact.SYNCED, "i1", group(1, "LEADER", "RUNNING", List.of(2, 3)));
    see(2, Contact.SYNCED, "i2", group(2, "FOLLOWER", "RUNNING", List.of(1, 2, 3)));
    assertThat(GroupMembers.of(sightings, UID).leader()).isEmpty();
    see(2, Contact.SYNCED, "i2", group(2, "LEADER", "RUNNING", List.of(2, 3)));
    assertThat(GroupMembers.of(sightings, UID).leader().orElseThrow().serverId()).isEqualTo(2);
  }
}
