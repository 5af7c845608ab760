package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.multiraft.crds.Disruption;
import io.multiraft.operator.observe.NodeView;
import io.multiraft.operator.status.Finding;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a reconcile of a cluster saw and did.
 *
 * @param wantedReplicas as the spec says
 * @param wantedStorageSize as the spec says
 * @param statefulSet null while there is none
 * @param pods of the StatefulSet, in the order of names
 * @param views of the nodes that are followed
 * @param obstacle what kept the objects from being written, as findings; empty when nothing did
 * @param orphans groups on nodes that no RaftGroup names, for people
 * @param disruption what the status says is being taken down
 */
record ClusterFacts(
    ClusterSettings settings,
    boolean paused,
    int wantedReplicas,
    String wantedStorageSize,
    StatefulSet statefulSet,
    List<Pod> pods,
    List<NodeView> views,
    Optional<Obstacle> obstacle,
    List<String> orphans,
    Optional<Disruption> disruption) {

  /** Why objects are not as they should be: the same reason and sentence for several conditions. */
  record Obstacle(Finding finding) {}

  ClusterFacts {
    pods = List.copyOf(pods);
    views = List.copyOf(views);
    orphans = List.copyOf(orphans);
  }

  /** The names of the pods that there should be. */
  List<String> expectedPodNames() {
    return settings.podNames();
  }

  static boolean isReady(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() == null
        && pod.getStatus() != null
        && pod.getStatus().getConditions() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(one -> "Ready".equals(one.getType()) && "True".equals(one.getStatus()));
  }

  List<String> readyPodNames() {
    return pods.stream()
        .filter(ClusterFacts::isReady)
        .map(pod -> pod.getMetadata().getName())
        .toList();
  }

  /** Whether the StatefulSet controller has seen the template that is in force. */
  boolean knowsTemplateOfPods() {
    return statefulSet != null
        && statefulSet.getStatus() != null
        && statefulSet.getStatus().getUpdateRevision() != null
        && statefulSet
            .getMetadata()
            .getGeneration()
            .equals(statefulSet.getStatus().getObservedGeneration());
  }

  /** Pods made from an older template; empty while the StatefulSet controller has not caught up. */
  List<String> outdatedPodNames() {
    if (!knowsTemplateOfPods()) {
      return List.of();
    }
    String current = statefulSet.getStatus().getUpdateRevision();
    return pods.stream()
        .filter(
            pod -> !current.equals(labels(pod).getOrDefault("controller-revision-hash", current)))
        .map(pod -> pod.getMetadata().getName())
        .toList();
  }

  private static Map<String, String> labels(Pod pod) {
    return pod.getMetadata().getLabels() == null ? Map.of() : pod.getMetadata().getLabels();
  }
}
