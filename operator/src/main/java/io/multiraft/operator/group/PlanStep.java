package io.multiraft.operator.group;

import io.multiraft.crds.RaftCluster;
import io.multiraft.crds.RaftGroup;
import io.multiraft.operator.cluster.Names;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.NodeObserver;
import io.multiraft.operator.observe.NodeView;
import io.multiraft.operator.status.Reason;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Decides a new group's id and members from what the nodes show. Writes nothing but the id mark.
 */
final class PlanStep {
  /** What came of it. */
  sealed interface Outcome {
    record Planned(GroupPlan plan) implements Outcome {}

    /**
     * Not now.
     *
     * @param needsSomebody the operator will not get any further by itself
     */
    record Blocked(Reason reason, String message, boolean needsSomebody) implements Outcome {}

    /** Too early to say anything: a change of the nodes brings the group back. */
    record TooEarly() implements Outcome {}
  }

  private final GroupIds ids;
  private final NodeObserver observer;
  private final ReplicaCounts counts;
  private final GroupDirectory directory;

  PlanStep(GroupIds ids, NodeObserver observer, ReplicaCounts counts, GroupDirectory directory) {
    this.ids = ids;
    this.observer = observer;
    this.counts = counts;
    this.directory = directory;
  }

  Outcome plan(RaftGroup group, RaftCluster cluster) {
    ClusterKey key = GroupPlan.cluster(group);
    int voters = group.getSpec().voters();
    int replicas = cluster.getSpec().replicas();
    if (replicas < voters) {
      return blocked(Reason.INSUFFICIENT_NODES, true, voters, replicas);
    }
    if (!observer.follows(key)) {
      return new Outcome.TooEarly();
    }
    List<NodeView> views = observer.views(key);
    List<String> silent =
        IntStream.rangeClosed(1, replicas)
            .mapToObj(nodeId -> Names.podName(key.name(), nodeId))
            .filter(pod -> views.stream().noneMatch(view -> hasAnswered(view, pod)))
            .toList();
    String uid = group.getMetadata().getUid();
    Placement.Plan placement =
        counts.place(key, uid, counted -> Placement.plan(voters, uid, candidates(views, counted)));
    if (placement instanceof Placement.Plan.InsufficientNodes insufficient) {
      return silent.isEmpty()
          ? blocked(Reason.INSUFFICIENT_NODES, true, voters, insufficient.candidates())
          : blocked(Reason.WAITING_FOR_NODES, false, String.join(", ", silent));
    }
    return withId(key, cluster, views, silent, ((Placement.Plan.Placed) placement).members());
  }

  private static boolean hasAnswered(NodeView view, String pod) {
    return view.podName().equals(pod) && view.identity().isPresent();
  }

  private static List<Placement.Candidate> candidates(
      List<NodeView> views, IntUnaryOperator replicas) {
    return views.stream()
        .filter(NodeView::isSynced)
        .map(view -> view.identity().orElseThrow())
        .map(
            identity ->
                new Placement.Candidate(
                    identity.nodeId(),
                    identity.incarnation(),
                    identity.address(),
                    replicas.applyAsInt(identity.nodeId())))
        .toList();
  }

  private Outcome withId(
      ClusterKey key,
      RaftCluster cluster,
      List<NodeView> views,
      List<String> silent,
      List<Placement.Member> members) {
    long highestOnNodes = views.stream().mapToLong(NodeView::highestGroupIdSeen).max().orElse(0);
    GroupIds.Answer answer =
        ids.next(
            key,
            cluster.getMetadata().getUid(),
            new GroupIds.Knowledge(silent, highestOnNodes, () -> directory.highestGroupId(key)));
    if (answer instanceof GroupIds.Answer.Given given) {
      return new Outcome.Planned(new GroupPlan(given.groupId(), members));
    }
    if (answer instanceof GroupIds.Answer.SilentNodes) {
      return blocked(Reason.WAITING_FOR_NODES, false, String.join(", ", silent));
    }
    return answer instanceof GroupIds.Answer.Exhausted
        ? blocked(Reason.GROUP_IDS_EXHAUSTED, true)
        : new Outcome.TooEarly();
  }

  private static Outcome blocked(Reason reason, boolean needsSomebody, Object... arguments) {
    return new Outcome.Blocked(reason, reason.sentence(arguments), needsSomebody);
  }
}
