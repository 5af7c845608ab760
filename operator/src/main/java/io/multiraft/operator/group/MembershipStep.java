package io.multiraft.operator.group;

import static io.multiraft.operator.status.ConditionType.HEALTHY;
import static io.multiraft.operator.status.ConditionType.RECONCILING;
import static io.multiraft.operator.status.ConditionType.STALLED;
import static io.multiraft.operator.status.ConditionType.UP_TO_DATE;

import io.multiraft.crds.Disruption;
import io.multiraft.crds.RaftCluster;
import io.multiraft.crds.RaftClusterStatus;
import io.multiraft.crds.RaftGroup;
import io.multiraft.operator.group.MembershipPlanner.Health;
import io.multiraft.operator.group.MembershipPlanner.Replica;
import io.multiraft.operator.group.MembershipPlanner.Seat;
import io.multiraft.operator.group.MembershipPlanner.Situation;
import io.multiraft.operator.group.MembershipPlanner.Spare;
import io.multiraft.operator.group.MembershipPlanner.Step;
import io.multiraft.operator.observe.AdminApi;
import io.multiraft.operator.observe.AdminException;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.GroupRequest;
import io.multiraft.operator.observe.MemberChange;
import io.multiraft.operator.observe.MemberDocument;
import io.multiraft.operator.observe.NodeObserver;
import io.multiraft.operator.observe.NodeView;
import io.multiraft.operator.observe.ProgressDocument;
import io.multiraft.operator.status.Finding;
import io.multiraft.operator.status.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Brings a group's members to what they should be, one step at a time, each decided on what the
 * group's leader shows. Nothing waits for a node: an answer, or a change that the stream shows, is
 * another reconcile.
 */
final class MembershipStep {
  private final NodeObserver observer;
  private final AdminApi api;
  private final Function<ClusterKey, String> token;
  private final MembershipCalls calls;
  private final ReplicaCounts counts;
  private final Absences absences = new Absences();

  /** Nodes that refused a new member of a group for good, by the group's uid. */
  private final Map<String, Set<String>> refusals = new ConcurrentHashMap<>();

  /**
   * What came of it.
   *
   * @param findings what it says of conditions; empty when the members are as they should be
   * @param again when to look again, if not only when something changes
   */
  record Outcome(List<Finding> findings, Optional<Duration> again) {
    static final Outcome NOTHING = new Outcome(List.of(), Optional.empty());
  }

  MembershipStep(
      NodeObserver observer,
      AdminApi api,
      Function<ClusterKey, String> token,
      MembershipCalls calls,
      ReplicaCounts counts) {
    this.observer = observer;
    this.api = api;
    this.token = token;
    this.calls = calls;
    this.counts = counts;
  }

  /** The group's members as its nodes show them now. */
  GroupMembers members(RaftGroup group, GroupPlan plan) {
    return GroupMembers.of(
        observer.views(GroupPlan.cluster(group)), plan.groupId(), group.getMetadata().getUid());
  }

  /** Takes the next step of a group that was ready once. */
  Outcome take(RaftGroup group, GroupPlan plan, RaftCluster cluster, GroupMembers members) {
    if (members.leader().isEmpty()) {
      return awaitReturn(group, plan, members);
    }
    ClusterKey key = GroupPlan.cluster(group);
    GroupDocument leader = members.leader().get();
    List<NodeView> views = observer.views(key);
    Duration replaceAfter = Duration.ofSeconds(cluster.getSpec().replaceAfterSeconds());
    Situation now =
        new Situation(
            group.getSpec().voters(),
            highestServerId(leader),
            seats(key, leader, views, replaceAfter),
            replicas(leader, views),
            spares(key, cluster, leader, views));
    Step step = MembershipPlanner.plan(now);
    Optional<Duration> again = carryOut(step, group, key, leader, views);
    boolean someoneAway = now.seats().stream().anyMatch(seat -> seat.health() == Health.AWAY);
    return new Outcome(
        findings(step, key, now),
        again.isEmpty() && someoneAway ? Optional.of(replaceAfter) : again);
  }

  /** Without a leader nothing can be changed; but for how long nodes are away is noted. */
  private Outcome awaitReturn(RaftGroup group, GroupPlan plan, GroupMembers members) {
    ClusterKey key = GroupPlan.cluster(group);
    List<NodeView> views = observer.views(key);
    members.voters(plan).forEach(voter -> away(key, voter.nodeId(), views));
    return Outcome.NOTHING;
  }

  private static int highestServerId(GroupDocument leader) {
    return leader.members().stream()
        .mapToInt(MemberDocument::serverId)
        .reduce(leader.highestServerId(), Math::max);
  }

  private List<Seat> seats(
      ClusterKey key, GroupDocument leader, List<NodeView> views, Duration replaceAfter) {
    List<Seat> seats = new ArrayList<>();
    for (MemberDocument member : leader.members()) {
      boolean caughtUp =
          leader.progress().stream()
              .filter(one -> one.serverId() == member.serverId())
              .anyMatch(ProgressDocument::caughtUp);
      seats.add(
          new Seat(
              member.serverId(),
              member.nodeId(),
              !Boolean.TRUE.equals(member.learner()),
              health(key, leader, member, views, replaceAfter),
              caughtUp,
              member.serverId() == leader.serverId()));
    }
    return seats;
  }

  private Health health(
      ClusterKey key,
      GroupDocument leader,
      MemberDocument member,
      List<NodeView> views,
      Duration replaceAfter) {
    Duration away = away(key, member.nodeId(), views);
    Optional<NodeView> view = view(key, member.nodeId(), views);
    MemberState state =
        MemberState.of(
            view.orElse(null),
            GroupMembers.seat(member),
            leader.groupId(),
            leader.uid(),
            Optional.empty());
    if (state instanceof MemberState.Unreachable) {
      return away.compareTo(replaceAfter) >= 0 ? Health.GONE : Health.AWAY;
    }
    if (view.filter(NodeView::isSynced).isEmpty()) {
      return Health.UNKNOWN;
    }
    if (state instanceof MemberState.Present present) {
      return present.document().isFailed() ? Health.FAILED : Health.HERE;
    }
    return Health.GONE; // another disk, or the member was removed there
  }

  private Duration away(ClusterKey key, int nodeId, List<NodeView> views) {
    boolean away =
        view(key, nodeId, views).filter(one -> one.contact() != NodeView.Contact.LOST).isEmpty();
    return absences.away(key, MemberStep.podOf(key, nodeId), away, System.nanoTime());
  }

  private static Optional<NodeView> view(ClusterKey key, int nodeId, List<NodeView> views) {
    String pod = MemberStep.podOf(key, nodeId);
    return views.stream().filter(one -> one.podName().equals(pod)).findFirst();
  }

  private static List<Replica> replicas(GroupDocument leader, List<NodeView> views) {
    List<Replica> replicas = new ArrayList<>();
    for (NodeView view : views) {
      int nodeId = view.identity().map(NodeView.Identity::nodeId).orElse(0);
      view.group(leader.groupId())
          .filter(group -> view.isSynced() && group.uid().equals(leader.uid()))
          .filter(
              group -> leader.members().stream().noneMatch(m -> m.serverId() == group.serverId()))
          .ifPresent(group -> replicas.add(new Replica(group.serverId(), nodeId)));
    }
    return replicas;
  }

  /** Nodes without anything of this group that may take a member now. */
  private List<Spare> spares(
      ClusterKey key, RaftCluster cluster, GroupDocument leader, List<NodeView> views) {
    Optional<String> disrupted =
        Optional.ofNullable(cluster.getStatus())
            .map(RaftClusterStatus::disruption)
            .map(Disruption::pod);
    return views.stream()
        .filter(NodeView::isSynced)
        .filter(view -> view.group(leader.groupId()).isEmpty())
        .filter(view -> disrupted.filter(view.podName()::equals).isEmpty())
        .filter(view -> !refusals.getOrDefault(leader.uid(), Set.of()).contains(view.podName()))
        .map(view -> view.identity().orElseThrow().nodeId())
        .map(nodeId -> new Spare(nodeId, counts.replicas(key, nodeId)))
        .toList();
  }

  /** Starts the step's call; when to look again if it could not be started. */
  private Optional<Duration> carryOut(
      Step step, RaftGroup group, ClusterKey key, GroupDocument leader, List<NodeView> views) {
    if (step instanceof Step.Join join) {
      return at(
          key, group, join.nodeId(), views, "joins", view -> join(group, leader, join, view, key));
    }
    if (step instanceof Step.Add add) {
      Optional<NodeView> target = view(key, add.nodeId(), views);
      return target.flatMap(
          node ->
              at(
                  key,
                  group,
                  leader.leaderNodeId(),
                  views,
                  "takes " + node.podName() + " in as a learner",
                  view ->
                      change(
                          leader,
                          view,
                          key,
                          MemberChange.add(
                              leader.uid(),
                              leader.configurationIndex(),
                              member(node, add.serverId())))));
    }
    if (step instanceof Step.Promote promote) {
      return at(
          key,
          group,
          leader.leaderNodeId(),
          views,
          "makes the learner on " + MemberStep.podOf(key, promote.nodeId()) + " a voter",
          view ->
              change(
                  leader,
                  view,
                  key,
                  MemberChange.promote(
                      leader.uid(), leader.configurationIndex(), promote.serverId())));
    }
    if (step instanceof Step.Remove remove) {
      return at(
          key,
          group,
          leader.leaderNodeId(),
          views,
          "removes the member of " + MemberStep.podOf(key, remove.nodeId()),
          view ->
              api.removeMember(
                  view.address(),
                  token.apply(key),
                  leader.groupId(),
                  remove.serverId(),
                  leader.uid(),
                  leader.configurationIndex()));
    }
    if (step instanceof Step.Clean clean) {
      return at(
          key,
          group,
          clean.nodeId(),
          views,
          "deletes what is left of member " + clean.serverId(),
          view ->
              api.deleteReplica(
                  view.address(),
                  token.apply(key),
                  leader.groupId(),
                  leader.uid(),
                  clean.serverId()));
    }
    return Optional.empty();
  }

  private Optional<Duration> at(
      ClusterKey key,
      RaftGroup group,
      int nodeId,
      List<NodeView> views,
      String what,
      Function<NodeView, CompletableFuture<?>> call) {
    Optional<NodeView> view = view(key, nodeId, views);
    if (view.isEmpty()) {
      return Optional.empty();
    }
    Duration wait =
        calls.start(
            key,
            GroupPlan.name(group),
            view.get().podName() + " " + what,
            () -> call.apply(view.get()));
    return wait.isZero() ? Optional.empty() : Optional.of(wait);
  }

  private CompletableFuture<?> join(
      RaftGroup group, GroupDocument leader, Step.Join join, NodeView view, ClusterKey key) {
    GroupRequest request =
        GroupRequest.join(
            leader.groupId(),
            leader.uid(),
            group.getMetadata().getName(),
            group.getMetadata().getNamespace(),
            leader.deletionPolicy(),
            join.serverId(),
            leader.members());
    return api.putGroup(view.address(), token.apply(key), request)
        .whenComplete((done, failure) -> noteRefusal(leader.uid(), view.podName(), failure));
  }

  /** A tombstone stays: where one is, no member of the group can be made any more. */
  private void noteRefusal(String uid, String podName, Throwable failure) {
    if (AdminException.causeOf(failure) instanceof AdminException.Permanent permanent
        && "tombstone".equals(permanent.problem().reason())) {
      refusals.computeIfAbsent(uid, first -> ConcurrentHashMap.newKeySet()).add(podName);
    }
  }

  private CompletableFuture<?> change(
      GroupDocument leader, NodeView view, ClusterKey key, MemberChange change) {
    return api.changeMembers(view.address(), token.apply(key), leader.groupId(), change);
  }

  private static MemberDocument member(NodeView node, int serverId) {
    NodeView.Identity identity = node.identity().orElseThrow();
    return new MemberDocument(
        serverId, identity.nodeId(), identity.incarnation(), identity.address(), null, null);
  }

  private static List<Finding> findings(Step step, ClusterKey key, Situation now) {
    if (step instanceof Step.NoSpare noSpare) {
      return noSpare(pods(noSpare.goneNodeIds().stream(), key), key, now);
    }
    String words = words(step, key);
    if (words.isEmpty()) {
      return List.of();
    }
    String gone =
        pods(now.seats().stream().filter(seat -> !seat.isUsable()).map(Seat::nodeId), key);
    List<Finding> findings = new ArrayList<>();
    if (!gone.isEmpty()) {
      findings.add(Finding.no(HEALTHY, Reason.REPLACING_MEMBER, gone, words));
    }
    findings.add(Finding.no(UP_TO_DATE, Reason.CHANGING_MEMBERS, words));
    findings.add(Finding.yes(RECONCILING, Reason.CHANGING_MEMBERS, words));
    return findings;
  }

  /** Without a node for one more member: somebody has to add one. */
  private static List<Finding> noSpare(String gone, ClusterKey key, Situation now) {
    Finding why =
        gone.isEmpty()
            ? Finding.no(
                UP_TO_DATE, Reason.INSUFFICIENT_NODES, now.wantedVoters(), now.seats().size())
            : Finding.no(HEALTHY, Reason.NO_SPARE_NODE, gone, key.name());
    return List.of(why, new Finding(STALLED, true, why.reason(), why.message()));
  }

  private static String pods(Stream<Integer> nodeIds, ClusterKey key) {
    return nodeIds
        .map(nodeId -> MemberStep.podOf(key, nodeId))
        .sorted()
        .collect(Collectors.joining(", "));
  }

  /** The step for people; empty when it is none that they would want to know. */
  private static String words(Step step, ClusterKey key) {
    if (step instanceof Step.Join join) {
      return "a new member is made on " + MemberStep.podOf(key, join.nodeId());
    } else if (step instanceof Step.Add add) {
      return "the new member on " + MemberStep.podOf(key, add.nodeId()) + " is taken in";
    } else if (step instanceof Step.CatchUp catchUp) {
      return "the new member on " + MemberStep.podOf(key, catchUp.nodeId()) + " catches up";
    } else if (step instanceof Step.Promote promote) {
      return "the new member on " + MemberStep.podOf(key, promote.nodeId()) + " becomes a voter";
    } else if (step instanceof Step.Remove remove) {
      return "the member on " + MemberStep.podOf(key, remove.nodeId()) + " is taken out";
    }
    return "";
  }

  /** The group is gone. */
  void forget(RaftGroup group) {
    calls.forget(GroupPlan.name(group));
    refusals.remove(group.getMetadata().getUid());
  }
}
