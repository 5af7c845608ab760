package io.multiraft.operator.cluster;

import io.multiraft.crds.Disruption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which pod is replaced next by one of the current template, and what has to happen first. Pure.
 *
 * <p>One pod at a time: it is named in the cluster's status, its node is told to hand its leaders
 * over and to take none, it is deleted, its successor gets ready and catches up, and only then its
 * name is taken out of the status. A pod that does not work goes first, then those that lead least.
 */
final class RolloutPlanner {
  /** Leaders that do not move in this time are handed over by the node when it is told to end. */
  static final Duration LEADERS_MOVE_WITHIN = Duration.ofSeconds(60);

  private RolloutPlanner() {}

  /** One pod as it is. */
  record PodFact(String name, String uid, boolean ready, boolean outdated, boolean terminating) {}

  /**
   * What a plan is made from.
   *
   * @param pods those that there are
   * @param expected names of those that there should be
   * @param disruption what the status says is under way
   * @param drained the node of that pod has confirmed that it takes no leaders
   */
  record Situation(
      List<PodFact> pods,
      List<String> expected,
      Optional<Disruption> disruption,
      boolean drained,
      Quorums quorums,
      Instant now) {}

  /** What to do now. */
  sealed interface Step {
    /** Every pod is of the current template. */
    record Rest() implements Step {}

    /** Write into the status that this pod has to go; nothing else yet. */
    record Begin(String pod, String uid) implements Step {}

    /** Tell the node of the pod to hand its leaders over and to take none. */
    record MoveLeaders(String pod) implements Step {}

    /** Delete the pod if it still has this uid. */
    record Delete(String pod, String uid) implements Step {}

    /** The pod may stay after all: tell its node that it may lead again, then finish. */
    record Release(String pod) implements Step {}

    /** The pod's successor serves: take the disruption out of the status. */
    record Finish(String pod) implements Step {}

    /**
     * Nothing can be done until something else happens.
     *
     * @param why words that go on after "3 of 5 nodes run the current template; "
     * @param atRisk it is the quorum of groups that forbids to go on
     */
    record Await(String why, boolean atRisk) implements Step {
      Await(String why) {
        this(why, false);
      }
    }
  }

  static Step plan(Situation now) {
    return now.disruption().isPresent() ? goOn(now, now.disruption().get()) : begin(now);
  }

  private static Step begin(Situation now) {
    Optional<PodFact> next = now.pods().stream().filter(PodFact::outdated).min(firstToGo(now));
    if (next.isEmpty()) {
      return new Step.Rest();
    }
    PodFact pod = next.get();
    List<String> missing = new ArrayList<>(now.expected());
    now.pods().stream()
        .filter(one -> !one.terminating() && (one.ready() || !pod.ready()))
        .forEach(one -> missing.remove(one.name()));
    if (!missing.isEmpty()) {
      return new Step.Await("waiting for " + String.join(", ", missing) + " to be ready");
    }
    return allowed(now, pod.name()).orElseGet(() -> new Step.Begin(pod.name(), pod.uid()));
  }

  /** What does not work goes first, then what leads least, then the highest ordinal. */
  private static Comparator<PodFact> firstToGo(Situation now) {
    return Comparator.comparing(PodFact::ready)
        .thenComparing(pod -> now.quorums().ledBy(pod.name()).size())
        .thenComparing(Comparator.comparing(PodFact::name).reversed());
  }

  /** Why the pod must not go now. */
  private static Optional<Step> allowed(Situation now, String pod) {
    if (!now.quorums().isComplete()) {
      return Optional.of(new Step.Await("waiting for every node to answer"));
    }
    List<String> atRisk = now.quorums().lostWithout(pod);
    return atRisk.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Step.Await(
                pod + " stays for now: without it no quorum is left of " + some(atRisk), true));
  }

  private static Step goOn(Situation now, Disruption disruption) {
    Optional<PodFact> found =
        now.pods().stream().filter(pod -> pod.name().equals(disruption.pod())).findFirst();
    if (found.isEmpty() && !now.expected().contains(disruption.pod())) {
      return new Step.Finish(disruption.pod()); // there is no pod of this name any more
    }
    if (found.isEmpty() || found.get().terminating()) {
      return new Step.Await(disruption.pod() + " is being replaced");
    }
    PodFact pod = found.get();
    return pod.uid().equals(disruption.podUid())
        ? takeDown(now, disruption, pod)
        : lookAfterSuccessor(now, pod);
  }

  private static Step takeDown(Situation now, Disruption disruption, PodFact pod) {
    if (!pod.outdated()) {
      return new Step.Release(pod.name());
    }
    Optional<Step> forbidden = allowed(now, pod.name());
    if (forbidden.isPresent()) {
      return forbidden.get();
    }
    boolean mayWait =
        now.now().isBefore(Instant.parse(disruption.since()).plus(LEADERS_MOVE_WITHIN));
    boolean leads = !now.quorums().ledBy(pod.name()).isEmpty();
    if (now.quorums().isPresent(pod.name()) && mayWait && (leads || !now.drained())) {
      return new Step.MoveLeaders(pod.name());
    }
    return new Step.Delete(pod.name(), pod.uid());
  }

  private static Step lookAfterSuccessor(Situation now, PodFact pod) {
    if (!pod.ready()) {
      return pod.outdated()
          ? new Step.Begin(pod.name(), pod.uid()) // the template changed again: it may be the cure
          : new Step.Await("waiting for " + pod.name() + " to be ready");
    }
    if (!now.quorums().isSynced(pod.name())) {
      return new Step.Await("waiting for " + pod.name() + " to answer");
    }
    List<String> behind = now.quorums().behindOn(pod.name());
    return behind.isEmpty()
        ? new Step.Finish(pod.name())
        : new Step.Await("waiting for %s to catch up with %s".formatted(pod.name(), some(behind)));
  }

  /** A few of many names. */
  private static String some(List<String> names) {
    int shown = Math.min(names.size(), 3);
    String list = String.join(", ", names.subList(0, shown));
    return names.size() == shown ? list : list + " and " + (names.size() - shown) + " more groups";
  }
}
