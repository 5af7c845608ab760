package io.multiraft.operator.cluster;

import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.MemberDocument;
import io.multiraft.operator.observe.NodeSnapshot;
import io.multiraft.operator.observe.NodeView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What the nodes of a cluster, seen together, say of the quorums of its groups: who could be taken
 * down, and who has caught up. Pure.
 *
 * <p>A group with one voter cannot survive the loss of its node and would forbid every disruption
 * for ever, so it does not count; nor does a group that has no quorum already.
 */
final class Quorums {
  private final Map<String, NodeSnapshot> byPod = new HashMap<>();
  private final Map<Integer, NodeSnapshot> byNodeId = new HashMap<>();

  Quorums(List<NodeSnapshot> nodes) {
    for (NodeSnapshot node : nodes) {
      byPod.put(node.podName(), node);
      if (node.nodeId() > 0) {
        byNodeId.put(node.nodeId(), node);
      }
    }
  }

  /** Whether every node has answered or is known to be away: before that, nothing is certain. */
  boolean isComplete() {
    return byPod.values().stream().noneMatch(node -> node.contact() == NodeView.Contact.CONNECTING);
  }

  /** Whether the list of the node's groups is complete and current. */
  boolean isSynced(String pod) {
    return Optional.ofNullable(byPod.get(pod)).filter(NodeSnapshot::isSynced).isPresent();
  }

  /** Whether the node can be talked to. */
  boolean isPresent(String pod) {
    return Optional.ofNullable(byPod.get(pod)).filter(NodeSnapshot::isPresent).isPresent();
  }

  /** Groups that have a quorum and would have none without this node, for people. */
  List<String> lostWithout(String pod) {
    return groupsOn(pod, group -> needs(group, byPod.get(pod).nodeId()));
  }

  /** Groups whose member on this node has not caught up although the group has a quorum. */
  List<String> behindOn(String pod) {
    return groupsOn(
        pod, group -> !group.isFailed() && !group.isServing() && living(group) >= majority(group));
  }

  /** Groups that this node leads and that another node could lead. */
  List<String> ledBy(String pod) {
    return groupsOn(pod, group -> group.isLeader() && voters(group).size() > 1);
  }

  private List<String> groupsOn(String pod, Predicate<GroupDocument> which) {
    NodeSnapshot node = byPod.get(pod);
    if (node == null || !node.isPresent()) {
      return List.of();
    }
    return node.groups().values().stream()
        .filter(which)
        .map(group -> group.namespace() + "/" + group.name())
        .sorted()
        .toList();
  }

  private boolean needs(GroupDocument group, int nodeId) {
    List<MemberDocument> voters = voters(group);
    boolean counts =
        voters.size() > 1
            && !group.isFailed()
            && voters.stream().anyMatch(voter -> voter.nodeId() == nodeId);
    if (!counts || living(group) < majority(group)) {
      return false;
    }
    long servingOthers =
        voters.stream()
            .filter(voter -> voter.nodeId() != nodeId)
            .filter(voter -> member(group, voter).filter(GroupDocument::isServing).isPresent())
            .count();
    return servingOthers < majority(group);
  }

  private long living(GroupDocument group) {
    return voters(group).stream()
        .filter(voter -> member(group, voter).filter(one -> !one.isFailed()).isPresent())
        .count();
  }

  private Optional<GroupDocument> member(GroupDocument group, MemberDocument voter) {
    return Optional.ofNullable(byNodeId.get(voter.nodeId()))
        .filter(NodeSnapshot::isPresent)
        .map(node -> node.groups().get(group.groupId()))
        .filter(one -> one.uid().equals(group.uid()) && one.serverId() == voter.serverId());
  }

  private static List<MemberDocument> voters(GroupDocument group) {
    return group.members().stream()
        .filter(member -> !Boolean.TRUE.equals(member.learner()))
        .toList();
  }

  private static int majority(GroupDocument group) {
    return voters(group).size() / 2 + 1;
  }
}
