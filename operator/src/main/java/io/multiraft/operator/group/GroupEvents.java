package io.multiraft.operator.group;

import io.multiraft.crds.RaftGroup;
import io.multiraft.crds.RaftGroupStatus;
import io.multiraft.operator.status.ConditionType;
import io.multiraft.operator.status.Conditions;
import io.multiraft.operator.status.EventRecorder;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** Tells the story of a group in a few Kubernetes events. */
final class GroupEvents {
  /** A group that changes its leader all the time says so once in a while. */
  private static final Duration LEADER_CHANGES_EVERY = Duration.ofSeconds(60);

  /** Finalizer, plan and Ready are written for every group. */
  private static final int WRITES_OF_EVERY_CREATION = 3;

  static final int MAX_WRITES_PER_CREATION = 5;

  private final EventRecorder recorder;
  private final Map<String, Long> lastLeaderChangeNanos = new ConcurrentHashMap<>();

  GroupEvents(EventRecorder recorder) {
    this.recorder = recorder;
  }

  /** How many events the making of a group may record, with what else is written for it. */
  static int allowance(boolean waitedBefore, boolean hasService) {
    return MAX_WRITES_PER_CREATION
        - WRITES_OF_EVERY_CREATION
        - (waitedBefore ? 1 : 0)
        - (hasService ? 1 : 0);
  }

  /** The plan was written. */
  void planned(RaftGroup before, RaftGroup after) {
    boolean waited = !GroupStatusStep.status(before).conditions().isEmpty();
    if (allowance(waited, after.getSpec().service().enabled()) < 2) {
      return; // Ready follows and says the same
    }
    RaftGroupStatus status = after.getStatus();
    recorder.normal(
        after,
        "Bootstrapping",
        "Group id %d goes to %s."
            .formatted(
                status.groupId(),
                String.join(
                    ", ", status.bootstrapMembers().stream().map(one -> one.node()).toList())));
  }

  /** A status was written: tells what in it is news. */
  void written(RaftGroup before, RaftGroup after) {
    RaftGroupStatus old = GroupStatusStep.status(before);
    RaftGroupStatus now = after.getStatus();
    if (!GroupPlan.isBootstrapped(before) && GroupPlan.isBootstrapped(after)) {
      recorder.normal(
          after,
          "Ready",
          "All %d members serve; %s leads.".formatted(now.members().size(), now.leader()));
      return;
    }
    if (Conditions.isTrue(old.conditions(), ConditionType.HEALTHY)) {
      Conditions.find(now.conditions(), ConditionType.STALLED)
          .ifPresent(stalled -> recorder.warning(after, stalled.reason(), stalled.message()));
    }
    boolean moved =
        old.leader() != null && now.leader() != null && !Objects.equals(old.leader(), now.leader());
    if (moved && mayTellLeaderChange(after.getMetadata().getUid())) {
      recorder.normal(
          after, "LeaderChanged", "%s leads now, %s before.".formatted(now.leader(), old.leader()));
    }
  }

  private boolean mayTellLeaderChange(String uid) {
    long now = System.nanoTime();
    Long last = lastLeaderChangeNanos.get(uid);
    if (last != null && now - last < LEADER_CHANGES_EVERY.toNanos()) {
      return false;
    }
    lastLeaderChangeNanos.put(uid, now);
    return true;
  }

  void gaveUp(RaftGroup group, String nodes) {
    recorder.warning(
        group,
        "RemovalTimedOut",
        "%s did not answer; what they hold is removed when they return.".formatted(nodes));
  }

  void forget(RaftGroup group) {
    lastLeaderChangeNanos.remove(group.getMetadata().getUid());
  }
}
