package io.multiraft.operator.group;

import static io.multiraft.operator.status.ConditionType.AVAILABLE;
import static io.multiraft.operator.status.ConditionType.HEALTHY;
import static io.multiraft.operator.status.ConditionType.READY;
import static io.multiraft.operator.status.ConditionType.RECONCILING;
import static io.multiraft.operator.status.ConditionType.STALLED;
import static io.multiraft.operator.status.ConditionType.UP_TO_DATE;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.multiraft.crds.Member;
import io.multiraft.crds.RaftGroup;
import io.multiraft.crds.RaftGroupStatus;
import io.multiraft.operator.status.Conditions;
import io.multiraft.operator.status.Finding;
import io.multiraft.operator.status.Reason;
import io.multiraft.operator.status.StatusWriter;
import io.multiraft.operator.status.TokenBucket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes a RaftGroup's status when its meaning changed.
 *
 * <p>Two waits keep writes few. While a group is being made, how far it is gets written only when
 * that takes long. When a running group gets worse, that is written after a moment, for most of the
 * time it only changes its leader; and such writes are limited for all groups together, for a node
 * that fails changes a thousand of them.
 */
final class GroupStatusStep {
  static final int MAX_WRITES_PER_SECOND = 50;
  private static final Duration AFTER_CONFLICT = Duration.ofMillis(200);
  private static final Duration AFTER_LIMIT = Duration.ofSeconds(1);
  private static final Duration WORSE_FOR = Duration.ofMillis(1_500);
  private static final RaftGroupStatus NOTHING =
      new RaftGroupStatus(null, null, null, null, null, null, null, null, null);

  /**
   * What came of it.
   *
   * @param written the resource after the write; empty when nothing was written
   * @param again when to look again, if not only when something changes
   */
  record Outcome(Optional<RaftGroup> written, Optional<Duration> again) {
    static Outcome unchanged() {
      return new Outcome(Optional.empty(), Optional.empty());
    }

    static Outcome later(Duration again) {
      return new Outcome(Optional.empty(), Optional.of(again));
    }
  }

  private final StatusWriter<RaftGroupStatus, RaftGroup> writer;
  private final Duration progressInterval;
  private final TokenBucket bucket = new TokenBucket(MAX_WRITES_PER_SECOND, System::nanoTime);

  /** Since when the status in the resource is not what it should be, by uid. */
  private final Map<String, Long> differsSinceNanos = new ConcurrentHashMap<>();

  GroupStatusStep(KubernetesClient client, Duration progressInterval) {
    this.writer = new StatusWriter<>(client, RaftGroup::new);
    this.progressInterval = progressInterval;
  }

  RaftGroup freshest(RaftGroup cached) {
    return writer.freshest(cached);
  }

  void forget(RaftGroup group) {
    writer.forget(group);
    differsSinceNanos.remove(group.getMetadata().getUid());
  }

  /** The group cannot be made or looked after now, and why. */
  Outcome writeBlocked(RaftGroup group, Reason reason, String message, boolean needsSomebody) {
    RaftGroupStatus before = status(group);
    boolean hasPlan = before.groupId() != null;
    List<Finding> findings =
        List.of(
            new Finding(READY, false, reason, message),
            hasPlan
                ? new Finding(AVAILABLE, false, reason, message)
                : Finding.no(AVAILABLE, Reason.NOT_BOOTSTRAPPED),
            new Finding(UP_TO_DATE, false, reason, message),
            new Finding(
                HEALTHY,
                !needsSomebody,
                needsSomebody ? reason : Reason.NO_PROBLEMS,
                needsSomebody ? message : Reason.NO_PROBLEMS.sentence()),
            new Finding(RECONCILING, !needsSomebody, reason, message),
            new Finding(STALLED, needsSomebody, reason, message));
    RaftGroupStatus after =
        new RaftGroupStatus(
            group.getMetadata().getGeneration(),
            before.groupId(),
            before.bootstrapMembers(),
            null,
            null,
            before.members(),
            "0/" + group.getSpec().voters(),
            before.endpoint(),
            conditions(group, findings));
    return after.equals(before) ? Outcome.unchanged() : write(group, after);
  }

  /** Writes the plan, before any node is told of it. */
  Outcome writePlan(RaftGroup group, GroupPlan plan, String endpoint) {
    String nodes =
        String.join(
            ", ",
            plan.bootstrapMembers(GroupPlan.cluster(group)).stream()
                .map(member -> member.node())
                .sorted()
                .toList());
    List<Finding> findings =
        List.of(
            Finding.no(READY, Reason.BOOTSTRAPPING, nodes),
            Finding.no(AVAILABLE, Reason.NOT_BOOTSTRAPPED),
            Finding.no(UP_TO_DATE, Reason.BOOTSTRAPPING, nodes),
            Finding.yes(HEALTHY, Reason.NO_PROBLEMS),
            Finding.yes(RECONCILING, Reason.BOOTSTRAPPING, nodes));
    return write(
        group,
        new RaftGroupStatus(
            group.getMetadata().getGeneration(),
            plan.groupId(),
            plan.bootstrapMembers(GroupPlan.cluster(group)),
            null,
            null,
            null,
            "0/" + plan.members().size(),
            endpoint,
            conditions(group, findings)));
  }

  /** Writes how a planned group is. */
  Outcome writeAssessment(
      RaftGroup group, GroupPlan plan, GroupAssessment assessment, String endpoint) {
    RaftGroupStatus before = status(group);
    RaftGroupStatus after = assessed(group, plan, assessment, endpoint, before);
    String uid = group.getMetadata().getUid();
    if (after.equals(before) || assessment.undecided()) {
      differsSinceNanos.remove(uid);
      return Outcome.unchanged();
    }
    long now = System.nanoTime();
    long differedNanos = now - differsSinceNanos.computeIfAbsent(uid, first -> now);
    boolean bootstrapped = GroupPlan.isBootstrapped(group);
    boolean firstReady = !bootstrapped && assessment.isReady();
    Duration patience =
        !bootstrapped && !assessment.isReady()
            ? progressInterval
            : isWorse(before, assessment) ? WORSE_FOR : Duration.ZERO;
    if (differedNanos < patience.toNanos()) {
      return Outcome.later(patience.minusNanos(differedNanos));
    }
    if (!firstReady && !bucket.tryTake()) {
      return Outcome.later(AFTER_LIMIT);
    }
    differsSinceNanos.remove(uid);
    return write(group, after);
  }

  private static boolean isWorse(RaftGroupStatus before, GroupAssessment assessment) {
    return Conditions.isTrue(before.conditions(), READY) && !assessment.isReady();
  }

  private static RaftGroupStatus assessed(
      RaftGroup group,
      GroupPlan plan,
      GroupAssessment assessment,
      String endpoint,
      RaftGroupStatus before) {
    boolean listsMembers = GroupPlan.isBootstrapped(group) || assessment.isReady();
    Optional<String> leader =
        assessment.leaderNodeId().map(nodeId -> MemberStep.podOf(GroupPlan.cluster(group), nodeId));
    return new RaftGroupStatus(
        group.getMetadata().getGeneration(),
        plan.groupId(),
        before.bootstrapMembers(),
        leader.orElse(null),
        leader.isPresent() ? Long.valueOf(assessment.term()) : null,
        listsMembers
            ? assessment.lines().stream()
                .map(line -> new Member(line.node(), line.serverId(), line.role(), line.state()))
                .toList()
            : null,
        assessment.serving() + "/" + Math.max(assessment.lines().size(), group.getSpec().voters()),
        endpoint,
        conditions(group, assessment.findings()));
  }

  private static List<io.multiraft.crds.Condition> conditions(
      RaftGroup group, List<Finding> findings) {
    return Conditions.merge(
        status(group).conditions(), findings, group.getMetadata().getGeneration(), Instant.now());
  }

  static RaftGroupStatus status(RaftGroup group) {
    return group.getStatus() == null ? NOTHING : group.getStatus();
  }

  private Outcome write(RaftGroup group, RaftGroupStatus status) {
    Optional<RaftGroup> written = writer.write(group, status);
    return new Outcome(
        written, written.isPresent() ? Optional.empty() : Optional.of(AFTER_CONFLICT));
  }
}
