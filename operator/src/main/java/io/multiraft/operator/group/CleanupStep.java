package io.multiraft.operator.group;

import io.multiraft.crds.RaftGroup;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.NodeObserver;
import io.multiraft.operator.observe.NodeView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes a deleted group from its nodes. It ends, whatever the nodes do: what cannot be reached is
 * waited for until a time counted from the deletion, which a restart of the operator does not move.
 */
final class CleanupStep {
  private static final Logger log = LoggerFactory.getLogger(CleanupStep.class);

  /** What came of it: nodes still waited for (empty when done), and for how much longer at most. */
  record Outcome(Set<String> waitingFor, Duration atMost, boolean gaveUp) {
    boolean isDone() {
      return waitingFor.isEmpty() || gaveUp;
    }
  }

  private final NodeObserver observer;
  private final NodeCalls calls;
  private final Duration timeout;

  CleanupStep(NodeObserver observer, NodeCalls calls, Duration timeout) {
    this.observer = observer;
    this.calls = calls;
    this.timeout = timeout;
  }

  Outcome clean(RaftGroup group, GroupPlan plan, Instant now) {
    ClusterKey key = GroupPlan.cluster(group);
    String uid = group.getMetadata().getUid();
    Set<String> waitingFor = new TreeSet<>();
    for (String pod : holders(key, plan, uid)) {
      if (calls.removalAnswer(key, pod, plan.groupId()).isEmpty()) {
        calls.remove(key, pod, plan.groupId(), GroupPlan.name(group), uid);
        waitingFor.add(pod);
      }
    }
    // The answer may have come while the call was being made.
    waitingFor.removeIf(pod -> calls.removalAnswer(key, pod, plan.groupId()).isPresent());
    Instant deletedAt = Instant.parse(group.getMetadata().getDeletionTimestamp());
    Duration left = Duration.between(now, deletedAt.plus(timeout));
    boolean gaveUp = !waitingFor.isEmpty() && (left.isNegative() || left.isZero());
    if (gaveUp) {
      log.warn(
          "{}: gave up waiting for {}; their members of group {} are removed when they return",
          GroupPlan.name(group),
          waitingFor,
          plan.groupId());
    }
    return new Outcome(waitingFor, left.isNegative() ? Duration.ZERO : left, gaveUp);
  }

  /** Nodes that were to have the group, whether or not they show it, and any others that do. */
  private Set<String> holders(ClusterKey key, GroupPlan plan, String uid) {
    Set<String> holders = new TreeSet<>();
    for (Placement.Member member : plan.members()) {
      holders.add(MemberStep.podOf(key, member.nodeId()));
    }
    List<NodeView> views = observer.views(key);
    for (NodeView view : views) {
      if (view.group(plan.groupId()).filter(found -> found.uid().equals(uid)).isPresent()) {
        holders.add(view.podName());
      }
    }
    return holders;
  }

  void forget(RaftGroup group, GroupPlan plan) {
    calls.forget(GroupPlan.cluster(group), plan.groupId());
  }
}
