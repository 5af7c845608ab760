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
import io.multiraft.operator.group.MembershipPlanner.Seat;
import io.multiraft.operator.group.MembershipPlanner.Situation;
import io.multiraft.operator.group.MembershipPlanner.Step;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.NodeObserver;
import io.multiraft.operator.observe.NodeView;
import io.multiraft.operator.status.Finding;
import io.multiraft.operator.status.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Brings a group's members to what they should be, one step at a time, each decided on what the
 * group's leader shows. Nothing waits for a node: an answer, or a change that the stream shows, is
 * another reconcile.
 */
final class MembershipStep {
  private final NodeObserver observer;
  private final MembershipOrders orders;
  private final ReplicaCounts counts;
  private final Absences absences = new Absences();

  /**
   * What came of it.
   *
   * @param findings what it says of conditions; empty when the members are as they should be
   * @param again when to look again, if not only when something changes
   */
  record Outcome(List<Finding> findings, Optional<Duration> again) {
    static final Outcome NOTHING = new Outcome(List.of(), Optional.empty());
  }

  MembershipStep(NodeObserver observer, MembershipOrders orders, ReplicaCounts counts) {
    this.observer = observer;
    this.orders = orders;
    this.counts = counts;
  }

  /** The group's members as its nodes show them now. */
  GroupMembers members(RaftGroup group, GroupPlan plan) {
    List<NodeView> views = observer.views(GroupPlan.cluster(group));
    return GroupMembers.of(Sighting.of(views, plan.groupId()), group.getMetadata().getUid());
  }

  /** Takes the next step of a group that was ready once. */
  Outcome take(RaftGroup group, GroupPlan plan, RaftCluster cluster, GroupMembers members) {
    ClusterKey key = GroupPlan.cluster(group);
    List<NodeView> views = observer.views(key);
    Map<String, Duration> away = away(key, members.all(plan), views);
    if (members.leader().isEmpty()) {
      return Outcome.NOTHING; // nothing can be changed; but for how long nodes are away is noted
    }
    GroupDocument leader = members.leader().get();
    Duration replaceAfter = Duration.ofSeconds(cluster.getSpec().replaceAfterSeconds());
    MembershipLook look =
        new MembershipLook(
            key,
            leader,
            Sighting.of(views, plan.groupId()),
            pod -> away.getOrDefault(pod, Duration.ZERO),
            replaceAfter);
    Situation now =
        new Situation(
            group.getSpec().voters(),
            look.highestServerId(),
            look.seats(),
            look.replicas(),
            look.spares(mayTake(cluster, leader.uid()), nodeId -> counts.replicas(key, nodeId)));
    Step step = MembershipPlanner.plan(now);
    Optional<Duration> again = orders.give(step, key, leader, views);
    boolean someoneAway = now.seats().stream().anyMatch(seat -> seat.health() == Health.AWAY);
    return new Outcome(
        findings(step, key, now),
        again.isEmpty() && someoneAway ? Optional.of(replaceAfter) : again);
  }

  /** For how long each of these members' nodes has been out of reach. */
  private Map<String, Duration> away(
      ClusterKey key, List<Placement.Member> members, List<NodeView> views) {
    long nowNanos = System.nanoTime();
    Map<String, Duration> away = new HashMap<>();
    for (Placement.Member member : members) {
      String pod = MemberStep.podOf(key, member.nodeId());
      boolean reached =
          views.stream()
              .anyMatch(
                  view -> view.podName().equals(pod) && view.contact() != NodeView.Contact.LOST);
      away.put(pod, absences.away(key, pod, !reached, nowNanos));
    }
    return away;
  }

  /** Neither a node that is being taken down, nor one that has refused for good. */
  private Predicate<String> mayTake(RaftCluster cluster, String uid) {
    Optional<String> disrupted =
        Optional.ofNullable(cluster.getStatus())
            .map(RaftClusterStatus::disruption)
            .map(Disruption::pod);
    return pod -> disrupted.filter(pod::equals).isEmpty() && !orders.isRefusedBy(pod, uid);
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
    orders.forget(GroupPlan.name(group), group.getMetadata().getUid());
  }
}
