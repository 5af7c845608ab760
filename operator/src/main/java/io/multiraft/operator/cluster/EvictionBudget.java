package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.List;

/**
 * How many nodes others (an eviction, {@code kubectl drain}) may take down at a time: one, and none
 * while some group would lose its quorum by it. Pure.
 */
final class EvictionBudget {
  private static final int ONE = 1;
  private static final int NONE = 0;

  private EvictionBudget() {}

  /**
   * The budget.
   *
   * @param before what is in force: it stays while a node has yet to answer
   */
  static int maxUnavailable(Quorums quorums, List<String> pods, int before) {
    if (!quorums.isComplete()) {
      return before;
    }
    return pods.stream().allMatch(pod -> quorums.lostWithout(pod).isEmpty()) ? ONE : NONE;
  }

  /** What is in force; one node before there is anything. */
  static int read(PodDisruptionBudget budget) {
    if (budget == null
        || budget.getSpec().getMaxUnavailable() == null
        || budget.getSpec().getMaxUnavailable().getIntVal() == null) {
      return ONE;
    }
    return budget.getSpec().getMaxUnavailable().getIntVal();
  }
}
