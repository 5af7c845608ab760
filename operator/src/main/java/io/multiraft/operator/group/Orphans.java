package io.multiraft.operator.group;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.multiraft.crds.RaftGroup;
import io.multiraft.operator.cluster.ClusterReconciler;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.NodeObserver;
import io.multiraft.operator.observe.NodeView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Groups on nodes that no RaftGroup names: left by a node that was away while its group was
 * deleted, or by somebody's hand. They are reported, and removed once a grace period has passed, a
 * read past every cache finds no RaftGroup with that uid, and their own deletion policy allows it.
 */
final class Orphans implements ClusterReconciler.OrphanSweep {
  private static final Logger log = LoggerFactory.getLogger(Orphans.class);

  /** A cache may be moments behind a node: younger orphans are not worth a word. */
  private static final Duration REPORT_AFTER = Duration.ofSeconds(10);

  private static final int MAX_NAMED = 5;

  private record Key(ClusterKey cluster, String podName, int groupId, String uid) {}

  private final KubernetesClient client;
  private final NodeObserver observer;
  private final NodeCalls calls;
  private final GroupDirectory directory;
  private final Duration grace;
  private final LongSupplier nanoClock;
  private final Map<Key, Long> firstSeenNanos = new HashMap<>();

  Orphans(
      KubernetesClient client,
      NodeObserver observer,
      NodeCalls calls,
      GroupDirectory directory,
      Duration grace,
      LongSupplier nanoClock) {
    this.client = client;
    this.observer = observer;
    this.calls = calls;
    this.directory = directory;
    this.grace = grace;
    this.nanoClock = nanoClock;
  }

  @Override
  public synchronized List<String> sweep(ClusterKey cluster, boolean mayRemove) {
    long now = nanoClock.getAsLong();
    Duration reportAfter = grace.compareTo(REPORT_AFTER) < 0 ? grace : REPORT_AFTER;
    Set<Key> current = new HashSet<>();
    List<String> reported = new ArrayList<>();
    for (NodeView view : observer.views(cluster)) {
      if (!view.isSynced()) {
        continue;
      }
      for (GroupDocument group : view.groups()) {
        if (isWanted(group)) {
          continue;
        }
        Key key = new Key(cluster, view.podName(), group.groupId(), group.uid());
        current.add(key);
        long age = now - firstSeenNanos.computeIfAbsent(key, first -> now);
        if (age >= reportAfter.toNanos()) {
          reported.add(
              "%s/%s (id %d on %s)"
                  .formatted(group.namespace(), group.name(), group.groupId(), view.podName()));
        }
        if (mayRemove && age >= grace.toNanos()) {
          remove(cluster, view, group);
        }
      }
    }
    firstSeenNanos
        .keySet()
        .removeIf(key -> key.cluster().equals(cluster) && !current.contains(key));
    return abridged(reported);
  }

  private static List<String> abridged(List<String> reported) {
    if (reported.size() <= MAX_NAMED) {
      return reported;
    }
    List<String> some = new ArrayList<>(reported.subList(0, MAX_NAMED));
    some.add("and " + (reported.size() - MAX_NAMED) + " more");
    return some;
  }

  private boolean isWanted(GroupDocument group) {
    return directory
        .group(new GroupName(group.namespace(), group.name()))
        .filter(found -> found.getMetadata().getUid().equals(group.uid()))
        .isPresent();
  }

  private void remove(ClusterKey cluster, NodeView view, GroupDocument group) {
    // A group of another namespace is none of this cluster's: somebody else's hand made it.
    boolean mayGo =
        !GroupPlan.RETAIN.equals(group.deletionPolicy())
            && cluster.namespace().equals(group.namespace());
    if (!mayGo || isThereAfterAll(group)) {
      return;
    }
    if (calls.removalAnswer(cluster, view.podName(), group.groupId()).isEmpty()) {
      log.info(
          "{}: removing orphaned group {} ({}/{}) from {}",
          cluster,
          group.groupId(),
          group.namespace(),
          group.name(),
          view.podName());
    }
    calls.remove(
        cluster,
        view.podName(),
        group.groupId(),
        new GroupName(group.namespace(), group.name()),
        group.uid());
  }

  private boolean isThereAfterAll(GroupDocument group) {
    RaftGroup found =
        client
            .resources(RaftGroup.class)
            .inNamespace(group.namespace())
            .withName(group.name())
            .get();
    return found != null && found.getMetadata().getUid().equals(group.uid());
  }

  @Override
  public synchronized void forget(ClusterKey cluster) {
    firstSeenNanos.keySet().removeIf(key -> key.cluster().equals(cluster));
  }
}
