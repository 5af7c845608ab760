package io.multiraft.operator.observe;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;

/**
 * Follows the nodes of all clusters, one stream for each pod. Safe for use by many threads.
 *
 * <p>The cluster reconciler says which pods there are ({@link #track}, {@link #forget}); everybody
 * reads {@link #views}.
 */
public final class NodeObserver implements AutoCloseable {
  private final AdminApi api;
  private final ObjectMapper json;
  private final ObserveTimings timings;
  private final ObserverListener listener;
  private final Tokens tokens;
  private final ScheduledExecutorService timer;
  private final Map<ClusterKey, Map<String, Tracked>> clusters = new HashMap<>();

  private record Tracked(PodTarget target, PodStream stream) {}

  /** Where the clusters' tokens come from. */
  public interface Tokens {
    /** The token to use now; an empty text when it could not be read yet. */
    String token(ClusterKey cluster);

    /** A node refused the token: read it again before the next use. */
    void refused(ClusterKey cluster);

    /** A source for tests and for one fixed token. */
    static Tokens of(Function<ClusterKey, String> source) {
      return new Tokens() {
        @Override
        public String token(ClusterKey cluster) {
          return source.apply(cluster);
        }

        @Override
        public void refused(ClusterKey cluster) {
          // The same token is all there is.
        }
      };
    }
  }

  public NodeObserver(
      AdminApi api,
      ObjectMapper json,
      ObserveTimings timings,
      Tokens tokens,
      ObserverListener listener) {
    this.api = api;
    this.json = json;
    this.timings = timings;
    this.tokens = tokens;
    this.listener = listener;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "node-streams");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Follows exactly these pods of the cluster from now on; the same again changes nothing. */
  public void track(ClusterKey cluster, List<PodTarget> pods) {
    if (follow(cluster, pods)) {
      // A pod that is gone has no stream left that could tell.
      listener.nodeChanged(cluster);
    }
  }

  private synchronized boolean follow(ClusterKey cluster, List<PodTarget> pods) {
    boolean isNew = !clusters.containsKey(cluster);
    Map<String, Tracked> tracked = clusters.computeIfAbsent(cluster, key -> new HashMap<>());
    Map<String, PodTarget> wanted = new HashMap<>();
    pods.forEach(pod -> wanted.put(pod.podName(), pod));
    boolean lostSome =
        tracked
            .values()
            .removeIf(
                one -> {
                  boolean obsolete = !one.target().equals(wanted.get(one.target().podName()));
                  if (obsolete) {
                    one.stream().stop();
                  }
                  return obsolete;
                });
    for (PodTarget pod : pods) {
      if (!tracked.containsKey(pod.podName())) {
        PodStream stream = open(cluster, pod);
        tracked.put(pod.podName(), new Tracked(pod, stream));
        stream.start();
      }
    }
    return isNew || lostSome;
  }

  private PodStream open(ClusterKey cluster, PodTarget pod) {
    return new PodStream(
        cluster,
        pod,
        () -> tokens.token(cluster),
        () -> tokens.refused(cluster),
        api,
        json,
        timings,
        timer,
        listener);
  }

  /** Whether {@link #track} was called: before that, an empty list of views says nothing. */
  public synchronized boolean follows(ClusterKey cluster) {
    return clusters.containsKey(cluster);
  }

  /** Ends all streams of a cluster that is gone. */
  public synchronized void forget(ClusterKey cluster) {
    Map<String, Tracked> tracked = clusters.remove(cluster);
    if (tracked != null) {
      tracked.values().forEach(one -> one.stream().stop());
    }
  }

  /** What is known of each followed pod, in the order of pod names. */
  public synchronized List<NodeView> views(ClusterKey cluster) {
    Map<String, Tracked> tracked = clusters.getOrDefault(cluster, Map.of());
    List<NodeView> views = new ArrayList<>();
    tracked.values().forEach(one -> views.add(one.stream().view()));
    views.sort((a, b) -> a.podName().compareTo(b.podName()));
    return views;
  }

  /** The view of one pod's node, or null when that pod is not followed. */
  public synchronized NodeView view(ClusterKey cluster, String podName) {
    Tracked one = clusters.getOrDefault(cluster, Map.of()).get(podName);
    return one == null ? null : one.stream().view();
  }

  @Override
  public synchronized void close() {
    List.copyOf(clusters.keySet()).forEach(this::forget);
    timer.shutdownNow();
  }
}
