package io.multiraft.operator.group;

import io.multiraft.operator.observe.ClusterKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** For how long nodes have been out of reach, as far as this operator has seen. Thread-safe. */
final class Absences {
  private record Node(ClusterKey cluster, String podName) {}

  private final Map<Node, Long> sinceNanos = new HashMap<>();

  /** For how long the node has been away; zero when it is not. */
  synchronized Duration away(ClusterKey cluster, String podName, boolean isAway, long nowNanos) {
    Node node = new Node(cluster, podName);
    if (!isAway) {
      sinceNanos.remove(node);
      return Duration.ZERO;
    }
    return Duration.ofNanos(nowNanos - sinceNanos.computeIfAbsent(node, first -> nowNanos));
  }
}
