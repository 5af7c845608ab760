package io.multiraft.operator.group;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The next step from the members that a group has to those that it should have. Pure.
 *
 * <p>A member that is gone is replaced: a new, empty one is made on another node, added as a
 * learner, promoted once it has caught up, and only then the old one is removed. So a group never
 * has fewer voters that serve than before, and a leader refuses what would cost the quorum all the
 * same.
 */
final class MembershipPlanner {
  private MembershipPlanner() {}

  /** How a member is. */
  enum Health {
    /** Nothing can be said: its node has not been heard, or its stream broke a moment ago. */
    UNKNOWN,
    /** It is there. */
    HERE,
    /** Its node is not reached; it may come back. */
    AWAY,
    /** It will not come back: another disk, removed, or away for too long. */
    GONE,
    /** It is there and has failed for good. */
    FAILED
  }

  /** A member in the group's configuration. */
  record Seat(
      int serverId, int nodeId, boolean voter, Health health, boolean caughtUp, boolean leader) {
    boolean isUsable() {
      return health == Health.HERE || health == Health.AWAY;
    }
  }

  /**
   * A replica on a node that the configuration does not name.
   *
   * @param serverId above the highest that was ever used: it waits to be added; else it was removed
   */
  record Replica(int serverId, int nodeId) {}

  /** A node that could take a new member. */
  record Spare(int nodeId, int replicas) {}

  /**
   * What a plan is made from, as the group's leader and the nodes show it.
   *
   * @param wantedVoters as the spec says
   * @param highestServerId the highest that the group ever used
   * @param spares nodes without a replica of this group
   */
  record Situation(
      int wantedVoters,
      int highestServerId,
      List<Seat> seats,
      List<Replica> replicas,
      List<Spare> spares) {}

  /** What to do now. */
  sealed interface Step {
    /** The members are as they should be. */
    record Rest() implements Step {}

    /** It is not known how every member is; of two, the wrong one could be taken out. */
    record Look() implements Step {}

    /** Make an empty member on a node. */
    record Join(int nodeId, int serverId) implements Step {}

    /** Take a member that was made into the group, as a learner. */
    record Add(int nodeId, int serverId) implements Step {}

    /** A learner that has caught up becomes a voter. */
    record Promote(int serverId, int nodeId) implements Step {}

    /** Take a member out of the group. */
    record Remove(int serverId, int nodeId) implements Step {}

    /** Delete what a node holds of a member that is none any more, or that has failed. */
    record Clean(int nodeId, int serverId) implements Step {}

    /** A new member has to catch up first. */
    record CatchUp(int nodeId) implements Step {}

    /** A voter is missing and no node can take it. */
    record NoSpare(List<Integer> goneNodeIds) implements Step {}
  }

  static Step plan(Situation now) {
    if (now.seats().stream().anyMatch(seat -> seat.health() == Health.UNKNOWN)) {
      return new Step.Look();
    }
    Optional<Step> leftover = leftover(now);
    if (leftover.isPresent()) {
      return leftover.get();
    }
    long usable = count(now, seat -> seat.voter() && seat.isUsable());
    if (usable < now.wantedVoters()) {
      return another(now);
    }
    return fewer(now, usable);
  }

  /** A replica that was removed, or a learner that will never catch up. */
  private static Optional<Step> leftover(Situation now) {
    Optional<Step> replica =
        now.replicas().stream()
            .filter(one -> one.serverId() <= now.highestServerId())
            .findFirst()
            .map(one -> new Step.Clean(one.nodeId(), one.serverId()));
    return replica.or(
        () ->
            first(now, seat -> !seat.voter() && !seat.isUsable())
                .map(seat -> new Step.Remove(seat.serverId(), seat.nodeId())));
  }

  /** One more voter is needed: go on with one that was begun, or begin one. */
  private static Step another(Situation now) {
    Optional<Seat> learner = first(now, seat -> !seat.voter());
    if (learner.isPresent()) {
      Seat seat = learner.get();
      return seat.caughtUp()
          ? new Step.Promote(seat.serverId(), seat.nodeId())
          : new Step.CatchUp(seat.nodeId());
    }
    Optional<Replica> joiner = joiner(now);
    if (joiner.isPresent()) {
      return new Step.Add(joiner.get().nodeId(), joiner.get().serverId());
    }
    Set<Integer> taken =
        now.seats().stream().filter(Seat::isUsable).map(Seat::nodeId).collect(Collectors.toSet());
    Optional<Spare> spare =
        now.spares().stream()
            .filter(one -> !taken.contains(one.nodeId()))
            .min(Comparator.comparingInt(Spare::replicas).thenComparingInt(Spare::nodeId));
    if (spare.isPresent()) {
      return new Step.Join(spare.get().nodeId(), now.highestServerId() + 1);
    }
    // A failed member's own node can take the new one, once the failed one is off it.
    return first(now, seat -> seat.health() == Health.FAILED)
        .<Step>map(seat -> new Step.Clean(seat.nodeId(), seat.serverId()))
        .orElseGet(() -> new Step.NoSpare(gone(now)));
  }

  private static Optional<Replica> joiner(Situation now) {
    return now.replicas().stream()
        .filter(one -> one.serverId() > now.highestServerId())
        .min(Comparator.comparingInt(Replica::serverId));
  }

  /** There are enough voters: take out those that are gone, and what is too much. */
  private static Step fewer(Situation now, long usable) {
    Optional<Seat> out =
        first(now, seat -> !seat.isUsable()).or(() -> first(now, seat -> !seat.voter()));
    if (out.isEmpty() && usable > now.wantedVoters()) {
      out =
          now.seats().stream()
              .max(
                  Comparator.comparing((Seat seat) -> seat.health() == Health.AWAY)
                      .thenComparing(seat -> !seat.leader())
                      .thenComparingInt(Seat::serverId));
    }
    if (out.isPresent()) {
      return new Step.Remove(out.get().serverId(), out.get().nodeId());
    }
    return joiner(now)
        .<Step>map(one -> new Step.Clean(one.nodeId(), one.serverId()))
        .orElseGet(Step.Rest::new);
  }

  private static List<Integer> gone(Situation now) {
    return now.seats().stream()
        .filter(seat -> !seat.isUsable())
        .map(Seat::nodeId)
        .sorted()
        .toList();
  }

  private static Optional<Seat> first(Situation now, Predicate<Seat> which) {
    return now.seats().stream().filter(which).min(Comparator.comparingInt(Seat::serverId));
  }

  private static long count(Situation now, Predicate<Seat> which) {
    return now.seats().stream().filter(which).count();
  }
}
