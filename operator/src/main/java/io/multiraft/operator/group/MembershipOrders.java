package io.multiraft.operator.group;

import io.multiraft.operator.group.MembershipPlanner.Step;
import io.multiraft.operator.observe.AdminApi;
import io.multiraft.operator.observe.AdminException;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.GroupRequest;
import io.multiraft.operator.observe.MemberChange;
import io.multiraft.operator.observe.MemberDocument;
import io.multiraft.operator.observe.NodeView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Turns a step of membership into a call to the node that has to take it. Thread-safe. */
final class MembershipOrders {
  private final AdminApi api;
  private final Function<ClusterKey, String> token;
  private final MembershipCalls calls;

  /** Nodes that refused a new member of a group for good, by the group's uid. */
  private final Map<String, Set<String>> refusals = new ConcurrentHashMap<>();

  MembershipOrders(AdminApi api, Function<ClusterKey, String> token, MembershipCalls calls) {
    this.api = api;
    this.token = token;
    this.calls = calls;
  }

  /** A call, whom it goes to, and what it is for people. */
  private record Order(int nodeId, String what, Function<NodeView, CompletableFuture<?>> call) {}

  /**
   * Starts the step's call.
   *
   * @param leader the group as its leader shows it
   * @return when to look again if it could not be started
   */
  Optional<Duration> give(
      Step step, ClusterKey cluster, GroupDocument leader, List<NodeView> views) {
    return order(step, cluster, leader, views)
        .flatMap(
            order ->
                view(cluster, order.nodeId(), views)
                    .map(
                        to ->
                            calls.start(
                                cluster,
                                new GroupName(leader.namespace(), leader.name()),
                                to.podName() + " " + order.what(),
                                () -> order.call().apply(to))))
        .filter(wait -> !wait.isZero());
  }

  private Optional<Order> order(
      Step step, ClusterKey cluster, GroupDocument leader, List<NodeView> views) {
    String key = token.apply(cluster);
    int id = leader.groupId();
    String uid = leader.uid();
    long configuration = leader.configurationIndex();
    if (step instanceof Step.Join join) {
      return Optional.of(
          new Order(join.nodeId(), "joins", to -> join(leader, join.serverId(), to, key)));
    } else if (step instanceof Step.Clean clean) {
      return Optional.of(
          new Order(
              clean.nodeId(),
              "deletes what is left of member " + clean.serverId(),
              to -> api.deleteReplica(to.address(), key, id, uid, clean.serverId())));
    } else if (step instanceof Step.Add add) {
      return view(cluster, add.nodeId(), views)
          .map(joiner -> MemberChange.add(uid, configuration, member(joiner, add.serverId())))
          .map(
              change ->
                  ofLeader(
                      leader,
                      "takes",
                      add.nodeId(),
                      " in as a learner",
                      cluster,
                      to -> api.changeMembers(to.address(), key, id, change)));
    } else if (step instanceof Step.Promote promote) {
      MemberChange change = MemberChange.promote(uid, configuration, promote.serverId());
      return Optional.of(
          ofLeader(
              leader,
              "makes the learner on",
              promote.nodeId(),
              " a voter",
              cluster,
              to -> api.changeMembers(to.address(), key, id, change)));
    } else if (step instanceof Step.Remove remove) {
      return Optional.of(
          ofLeader(
              leader,
              "removes the member of",
              remove.nodeId(),
              "",
              cluster,
              to ->
                  api.removeMember(to.address(), key, id, remove.serverId(), uid, configuration)));
    }
    return Optional.empty();
  }

  private static Order ofLeader(
      GroupDocument leader,
      String verb,
      int nodeId,
      String rest,
      ClusterKey cluster,
      Function<NodeView, CompletableFuture<?>> call) {
    return new Order(
        leader.leaderNodeId(), verb + " " + MemberStep.podOf(cluster, nodeId) + rest, call);
  }

  private CompletableFuture<?> join(GroupDocument leader, int serverId, NodeView to, String key) {
    GroupRequest request =
        GroupRequest.join(
            leader.groupId(),
            leader.uid(),
            leader.name(),
            leader.namespace(),
            leader.deletionPolicy(),
            serverId,
            leader.members());
    return api.putGroup(to.address(), key, request)
        .whenComplete((done, failure) -> noteRefusal(leader.uid(), to.podName(), failure));
  }

  /** A tombstone stays: where one is, no member of the group can be made any more. */
  private void noteRefusal(String uid, String podName, Throwable failure) {
    if (AdminException.causeOf(failure) instanceof AdminException.Permanent permanent
        && "tombstone".equals(permanent.problem().reason())) {
      refusals.computeIfAbsent(uid, first -> ConcurrentHashMap.newKeySet()).add(podName);
    }
  }

  /** Whether the node has refused a member of the group for good. */
  boolean isRefusedBy(String podName, String uid) {
    return refusals.getOrDefault(uid, Set.of()).contains(podName);
  }

  private static Optional<NodeView> view(ClusterKey cluster, int nodeId, List<NodeView> views) {
    String pod = MemberStep.podOf(cluster, nodeId);
    return views.stream().filter(one -> one.podName().equals(pod)).findFirst();
  }

  private static MemberDocument member(NodeView node, int serverId) {
    NodeView.Identity identity = node.identity().orElseThrow();
    return new MemberDocument(
        serverId, identity.nodeId(), identity.incarnation(), identity.address(), null, null);
  }

  /** The group is gone. */
  void forget(GroupName group, String uid) {
    calls.forget(group);
    refusals.remove(uid);
  }
}
