package io.multiraft.operator.group;

import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.MemberDocument;
import io.multiraft.operator.observe.NodeView;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Who belongs to a group now, as its nodes show it.
 *
 * @param leader the group as its leader shows it, from a node whose list is complete
 * @param newest the group as somebody shows it who knows the newest configuration; the leader if
 *     there is one
 */
record GroupMembers(Optional<GroupDocument> leader, Optional<GroupDocument> newest) {
  static GroupMembers of(List<NodeView> views, int groupId, String uid) {
    List<GroupDocument> shown =
        views.stream()
            .filter(NodeView::isPresent)
            .flatMap(view -> view.group(groupId).stream())
            .filter(group -> group.uid().equals(uid) && !group.isFailed())
            .toList();
    Optional<GroupDocument> leader =
        views.stream()
            .filter(NodeView::isSynced)
            .flatMap(view -> view.group(groupId).stream())
            .filter(group -> group.uid().equals(uid) && group.isLeader() && isMember(group))
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
    List<Placement.Member> voters =
        newest.stream()
            .flatMap(group -> group.members().stream())
            .filter(member -> !Boolean.TRUE.equals(member.learner()))
            .map(GroupMembers::seat)
            .toList();
    return voters.isEmpty() ? plan.members() : voters;
  }

  static Placement.Member seat(MemberDocument member) {
    return new Placement.Member(
        member.serverId(), member.nodeId(), member.incarnation(), member.address());
  }
}
