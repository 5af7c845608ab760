package io.multiraft.operator.group;

import io.multiraft.operator.group.MembershipPlanner.Health;
import io.multiraft.operator.group.MembershipPlanner.Replica;
import io.multiraft.operator.group.MembershipPlanner.Seat;
import io.multiraft.operator.group.MembershipPlanner.Spare;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.MemberDocument;
import io.multiraft.operator.observe.ProgressDocument;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What a group's leader and the nodes show, as the planner of its members wants it. Pure.
 *
 * @param leader the group as its leader shows it
 * @param sightings one for each node
 * @param away for how long the node of a pod has been out of reach
 * @param replaceAfter after how long out of reach a member counts as gone
 */
record MembershipLook(
    ClusterKey cluster,
    GroupDocument leader,
    List<Sighting> sightings,
    Function<String, Duration> away,
    Duration replaceAfter) {

  int highestServerId() {
    return leader.members().stream()
        .mapToInt(MemberDocument::serverId)
        .reduce(leader.highestServerId(), Math::max);
  }

  List<Seat> seats() {
    return leader.members().stream().map(this::seat).toList();
  }

  private Seat seat(MemberDocument member) {
    boolean caughtUp =
        leader.progress().stream()
            .filter(one -> one.serverId() == member.serverId())
            .anyMatch(ProgressDocument::caughtUp);
    return new Seat(
        member.serverId(),
        member.nodeId(),
        !Boolean.TRUE.equals(member.learner()),
        health(member),
        caughtUp,
        member.serverId() == leader.serverId());
  }

  private Health health(MemberDocument member) {
    String pod = MemberStep.podOf(cluster, member.nodeId());
    Optional<Sighting> seen =
        sightings.stream().filter(one -> one.podName().equals(pod)).findFirst();
    MemberState state =
        MemberState.of(seen, GroupMembers.seat(member), leader.uid(), Optional.empty());
    if (state instanceof MemberState.Unreachable) {
      return away.apply(pod).compareTo(replaceAfter) >= 0 ? Health.GONE : Health.AWAY;
    }
    if (seen.filter(Sighting::isSynced).isEmpty()) {
      return Health.UNKNOWN;
    }
    if (state instanceof MemberState.Present present) {
      return present.document().isFailed() ? Health.FAILED : Health.HERE;
    }
    return Health.GONE; // another disk, or the member was removed there
  }

  /** What nodes hold of members that the configuration does not name. */
  List<Replica> replicas() {
    return sightings.stream()
        .filter(Sighting::isSynced)
        .flatMap(
            seen ->
                seen
                    .group(leader.uid())
                    .filter(group -> !isMember(group.serverId()))
                    .map(group -> new Replica(group.serverId(), nodeId(seen)))
                    .stream())
        .toList();
  }

  private boolean isMember(int serverId) {
    return leader.members().stream().anyMatch(member -> member.serverId() == serverId);
  }

  /**
   * Nodes without anything under the group's id.
   *
   * @param mayTake by the name of the pod
   * @param replicas how many members a node has of all groups
   */
  List<Spare> spares(Predicate<String> mayTake, Function<Integer, Integer> replicas) {
    return sightings.stream()
        .filter(seen -> seen.isSynced() && seen.group().isEmpty() && mayTake.test(seen.podName()))
        .map(MembershipLook::nodeId)
        .map(nodeId -> new Spare(nodeId, replicas.apply(nodeId)))
        .toList();
  }

  private static int nodeId(Sighting synced) {
    return synced.identity().orElseThrow().nodeId();
  }
}
