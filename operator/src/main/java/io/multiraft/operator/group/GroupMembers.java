package io.multiraft.operator.group;

import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.MemberDocument;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Who belongs to a group now, as its nodes show it.
 *
 * @param leader the group as its leader shows it, from a node whose list is complete
 * @param newest the group as somebody shows it who knows the newest configuration; the leader if
 *     there is one
 */
record GroupMembers(Optional<GroupDocument> leader, Optional<GroupDocument> newest) {
  static GroupMembers of(List<Sighting> sightings, String uid) {
    List<GroupDocument> shown =
        sightings.stream()
            .filter(Sighting::isPresent)
            .flatMap(seen -> seen.group(uid).stream())
            .filter(group -> !group.isFailed())
            .toList();
    Optional<GroupDocument> leader =
        sightings.stream()
            .filter(Sighting::isSynced)
            .flatMap(seen -> seen.group(uid).stream())
            .filter(group -> group.isLeader() && isMember(group))
            .max(Comparator.comparingLong(GroupDocument::term));
    return new GroupMembers(
        leader,
        leader.or(
            () ->
                shown.stream()
                    .filter(group -> !group.members().isEmpty())
                    .max(Comparator.comparingLong(GroupDocument::configurationIndex))));
  }

  /**
   * A leader that took itself out says so before the others know. What is left of it may only be
   * deleted on the word of a leader that belongs to the group, or they could wait for its vote.
   */
  private static boolean isMember(GroupDocument group) {
    return group.members().stream().anyMatch(one -> one.serverId() == group.serverId());
  }

  /** The voters now; those of the plan while nobody shows any. */
  List<Placement.Member> voters(GroupPlan plan) {
    return seats(plan, member -> !Boolean.TRUE.equals(member.learner()));
  }

  /** Voters and learners now; those of the plan while nobody shows any. */
  List<Placement.Member> all(GroupPlan plan) {
    return seats(plan, member -> true);
  }

  private List<Placement.Member> seats(GroupPlan plan, Predicate<MemberDocument> which) {
    List<Placement.Member> seats =
        newest.stream()
            .flatMap(group -> group.members().stream())
            .filter(which)
            .map(GroupMembers::seat)
            .toList();
    return seats.isEmpty() ? plan.members() : seats;
  }

  static Placement.Member seat(MemberDocument member) {
    return new Placement.Member(
        member.serverId(), member.nodeId(), member.incarnation(), member.address());
  }
}
