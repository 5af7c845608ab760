package io.multiraft.operator.cluster;

import static io.multiraft.operator.status.ConditionType.AVAILABLE;
import static io.multiraft.operator.status.ConditionType.HEALTHY;
import static io.multiraft.operator.status.ConditionType.READY;
import static io.multiraft.operator.status.ConditionType.RECONCILING;
import static io.multiraft.operator.status.ConditionType.STALLED;
import static io.multiraft.operator.status.ConditionType.UP_TO_DATE;

import io.fabric8.kubernetes.api.model.Quantity;
import io.multiraft.operator.observe.NodeView;
import io.multiraft.operator.status.Finding;
import io.multiraft.operator.status.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the facts of a cluster mean, as conditions. Pure. */
final class ClusterAssessment {
  private ClusterAssessment() {}

  /**
   * The conditions.
   *
   * @param rollout what a rolling change under way says of {@code UpToDate}
   */
  static List<Finding> of(ClusterFacts facts, Optional<Finding> rollout) {
    int wanted = facts.settings().replicas();
    List<String> waiting = new ArrayList<>(facts.expectedPodNames());
    waiting.removeAll(facts.readyPodNames());
    int ready = wanted - waiting.size();
    List<Finding> findings = new ArrayList<>();
    findings.add(
        waiting.isEmpty()
            ? Finding.yes(READY, Reason.ALL_NODES_READY, wanted)
            : Finding.no(READY, Reason.NODES_NOT_READY, ready, wanted, String.join(", ", waiting)));
    findings.add(
        ready > wanted / 2
            ? Finding.yes(AVAILABLE, Reason.MAJORITY_READY)
            : Finding.no(AVAILABLE, Reason.MAJORITY_NOT_READY, ready, wanted));
    findings.add(upToDate(facts, rollout));
    findings.add(healthy(facts));
    if (facts.obstacle().isPresent()) {
      findings.add(as(STALLED, true, facts.obstacle().get().finding()));
    } else if (!waiting.isEmpty() && !facts.paused()) {
      findings.add(Finding.yes(RECONCILING, Reason.SCALING, wanted));
    } else if (rollout.isPresent() && !facts.paused()) {
      findings.add(as(RECONCILING, true, rollout.get()));
    }
    return findings;
  }

  private static Finding as(
      io.multiraft.operator.status.ConditionType type, boolean holds, Finding like) {
    return new Finding(type, holds, like.reason(), like.message());
  }

  private static Finding upToDate(ClusterFacts facts, Optional<Finding> rollout) {
    if (facts.paused()) {
      return Finding.no(UP_TO_DATE, Reason.PAUSED);
    }
    if (facts.obstacle().isPresent()) {
      return as(UP_TO_DATE, false, facts.obstacle().get().finding());
    }
    if (facts.statefulSet() == null) {
      return Finding.no(UP_TO_DATE, Reason.OBJECTS_PENDING);
    }
    if (facts.wantedReplicas() < facts.settings().replicas()) {
      return Finding.no(
          UP_TO_DATE,
          Reason.SCALE_DOWN_BLOCKED,
          facts.wantedReplicas(),
          facts.settings().replicas());
    }
    if (!sameAmount(facts.wantedStorageSize(), facts.settings().storageSize())) {
      return Finding.no(
          UP_TO_DATE,
          Reason.STORAGE_SIZE_DIFFERS,
          facts.settings().storageSize(),
          facts.wantedStorageSize(),
          facts.settings().name());
    }
    return rollout.orElseGet(() -> Finding.yes(UP_TO_DATE, Reason.CURRENT));
  }

  private static boolean sameAmount(String a, String b) {
    return Quantity.parse(a).equals(Quantity.parse(b));
  }

  private static Finding healthy(ClusterFacts facts) {
    if (facts.obstacle().isPresent()) {
      return as(HEALTHY, false, facts.obstacle().get().finding());
    }
    List<String> unreachable =
        facts.views().stream()
            .filter(view -> view.contact() == NodeView.Contact.LOST)
            .map(NodeView::podName)
            .filter(facts.readyPodNames()::contains)
            .toList();
    if (!unreachable.isEmpty()) {
      return Finding.no(HEALTHY, Reason.NODES_UNREACHABLE, String.join(", ", unreachable));
    }
    if (!facts.orphans().isEmpty()) {
      return Finding.no(HEALTHY, Reason.ORPHANED_GROUPS, String.join(", ", facts.orphans()));
    }
    return Finding.yes(HEALTHY, Reason.NO_PROBLEMS);
  }
}
