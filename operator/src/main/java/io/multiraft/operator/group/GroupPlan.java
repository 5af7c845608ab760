package io.multiraft.operator.group;

import io.multiraft.crds.BootstrapMember;
import io.multiraft.crds.RaftGroup;
import io.multiraft.crds.RaftGroupSpec;
import io.multiraft.crds.RaftGroupStatus;
import io.multiraft.operator.cluster.Names;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.GroupRequest;
import io.multiraft.operator.observe.MemberDocument;
import java.util.List;
import java.util.Optional;

/** A group's id and first members: decided once, written to its status, never decided again. */
public record GroupPlan(int groupId, List<Placement.Member> members) {
  static final String RETAIN = "Retain";
  private static final String DELETE = "Delete";

  public GroupPlan {
    members = List.copyOf(members);
  }

  /** The plan in the status; empty when none was made yet. */
  static Optional<GroupPlan> of(RaftGroup group) {
    RaftGroupStatus status = group.getStatus();
    if (status == null || status.groupId() == null) {
      return Optional.empty();
    }
    List<Placement.Member> members =
        status.bootstrapMembers().stream()
            .map(
                one ->
                    new Placement.Member(
                        one.serverId(), one.nodeId(), one.incarnation(), one.address()))
            .toList();
    return Optional.of(new GroupPlan(status.groupId(), members));
  }

  /** As the status holds it. */
  List<BootstrapMember> bootstrapMembers(ClusterKey cluster) {
    return members.stream()
        .map(
            one ->
                new BootstrapMember(
                    one.serverId(),
                    one.nodeId(),
                    one.incarnation(),
                    one.address(),
                    Names.podName(cluster.name(), one.nodeId())))
        .toList();
  }

  /** The call that makes a member, the same for every node. */
  GroupRequest request(RaftGroup group) {
    return GroupRequest.bootstrap(
        groupId,
        group.getMetadata().getUid(),
        group.getMetadata().getName(),
        group.getMetadata().getNamespace(),
        isRetained(group) ? RETAIN : DELETE,
        members.stream()
            .map(
                one ->
                    new MemberDocument(
                        one.serverId(), one.nodeId(), one.incarnation(), one.address(), null, null))
            .toList());
  }

  static ClusterKey cluster(RaftGroup group) {
    return new ClusterKey(group.getMetadata().getNamespace(), group.getSpec().clusterRef().name());
  }

  static GroupName name(RaftGroup group) {
    return new GroupName(group.getMetadata().getNamespace(), group.getMetadata().getName());
  }

  static boolean isRetained(RaftGroup group) {
    return group.getSpec().deletionPolicy() == RaftGroupSpec.DeletionPolicy.Retain;
  }

  /**
   * Whether the group was ready once, so that its members may not be made again. The status lists
   * members from the first Ready on and never before, so the list itself is the mark.
   */
  static boolean isBootstrapped(RaftGroup group) {
    return group.getStatus() != null && !group.getStatus().members().isEmpty();
  }
}
