package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.multiraft.crds.RaftCluster;
import io.multiraft.crds.RaftClusterStatus;
import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.NodeView;
import io.multiraft.operator.status.Conditions;
import io.multiraft.operator.status.StatusWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes a RaftCluster's status when its meaning changed. Counts of groups and leaders change often
 * and are written at most once in an interval; everything else at once.
 */
public final class ClusterStatusStep {
  private static final Duration AFTER_CONFLICT = Duration.ofMillis(200);
  private static final Duration SETTLED = Duration.ofDays(1);

  private static final RaftClusterStatus NOTHING =
      new RaftClusterStatus(null, null, null, null, null, null, null, null, null, null, null);

  private final StatusWriter<RaftClusterStatus, RaftCluster> writer;
  private final Duration countsInterval;
  private final Map<String, Long> lastWriteNanos = new ConcurrentHashMap<>();

  public ClusterStatusStep(KubernetesClient client, Duration countsInterval) {
    this.writer = new StatusWriter<>(client, RaftCluster::new);
    this.countsInterval = countsInterval;
  }

  RaftCluster freshest(RaftCluster cached) {
    return writer.freshest(cached);
  }

  void forget(RaftCluster cluster) {
    writer.forget(cluster);
    lastWriteNanos.remove(cluster.getMetadata().getUid());
  }

  /** Writes what changed, and says after how long to look again. */
  Duration write(RaftCluster cluster, ClusterFacts facts, RolloutStep.Outcome rollout) {
    RaftClusterStatus before = cluster.getStatus() == null ? NOTHING : cluster.getStatus();
    RaftClusterStatus after = status(cluster, facts, rollout, before);
    if (same(before, after)) {
      return SETTLED;
    }
    String uid = cluster.getMetadata().getUid();
    if (sameButForCounts(before, after)) {
      long sinceNanos = System.nanoTime() - lastWriteNanos.getOrDefault(uid, 0L);
      long waitNanos = countsInterval.toNanos() - sinceNanos;
      if (lastWriteNanos.containsKey(uid) && waitNanos > 0) {
        return Duration.ofNanos(waitNanos);
      }
    }
    lastWriteNanos.put(uid, System.nanoTime());
    return writer.write(cluster, after).isPresent() ? SETTLED : AFTER_CONFLICT;
  }

  private static RaftClusterStatus status(
      RaftCluster cluster,
      ClusterFacts facts,
      RolloutStep.Outcome rollout,
      RaftClusterStatus before) {
    long generation = cluster.getMetadata().getGeneration();
    boolean complete =
        !facts.views().isEmpty()
            && facts.views().stream()
                .noneMatch(view -> view.contact() == NodeView.Contact.CONNECTING);
    int ready = facts.readyPodNames().size();
    return new RaftClusterStatus(
        generation,
        facts.pods().size(),
        ready,
        ready + "/" + facts.settings().replicas(),
        complete ? Integer.valueOf(groups(facts.views())) : before.groups(),
        complete ? leaders(facts.views()) : before.leaders(),
        facts.settings().image(),
        null, // the mark of group ids has another writer
        rollout.disruption().orElse(null),
        Names.selectorText(facts.settings().name()),
        Conditions.merge(
            before.conditions(),
            ClusterAssessment.of(facts, rollout.upToDate()),
            generation,
            Instant.now()));
  }

  private static int groups(List<NodeView> views) {
    return (int)
        views.stream()
            .flatMap(view -> view.groups().stream())
            .map(GroupDocument::groupId)
            .distinct()
            .count();
  }

  private static Map<String, Integer> leaders(List<NodeView> views) {
    Map<String, Integer> leaders = new TreeMap<>();
    for (NodeView view : views) {
      long leading =
          view.isPresent() ? view.groups().stream().filter(GroupDocument::isLeader).count() : 0;
      leaders.put(view.podName(), (int) leading);
    }
    return leaders;
  }

  private static boolean same(RaftClusterStatus a, RaftClusterStatus b) {
    return Objects.equals(a.groups(), b.groups())
        && Objects.equals(a.leaders(), b.leaders())
        && sameButForCounts(a, b);
  }

  private static boolean sameButForCounts(RaftClusterStatus a, RaftClusterStatus b) {
    return Objects.equals(a.observedGeneration(), b.observedGeneration())
        && Objects.equals(a.replicas(), b.replicas())
        && Objects.equals(a.readyReplicas(), b.readyReplicas())
        && Objects.equals(a.ready(), b.ready())
        && Objects.equals(a.image(), b.image())
        && Objects.equals(a.selector(), b.selector())
        && Objects.equals(a.disruption(), b.disruption())
        && Objects.equals(a.conditions(), b.conditions());
  }
}
