package io.multiraft.operator.group;

import io.multiraft.operator.observe.ClusterKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many members are planned on each node, by the groups seen so far. It counts plans the moment
 * they are made, when neither the nodes nor the informer's cache show them yet.
 */
final class ReplicaCounts {
  private record Planned(ClusterKey cluster, List<Integer> nodeIds) {}

  private final Map<String, Planned> byGroupUid = new HashMap<>();
  private final Map<ClusterKey, Map<Integer, Integer>> counts = new HashMap<>();

  /** Notes where a group's members are; the same again changes nothing. */
  synchronized void put(ClusterKey cluster, String groupUid, List<Integer> nodeIds) {
    Planned planned = new Planned(cluster, List.copyOf(nodeIds));
    Planned before = byGroupUid.put(groupUid, planned);
    if (planned.equals(before)) {
      return;
    }
    add(before, -1);
    add(planned, 1);
  }

  synchronized void remove(String groupUid) {
    add(byGroupUid.remove(groupUid), -1);
  }

  synchronized int replicas(ClusterKey cluster, int nodeId) {
    return counts.getOrDefault(cluster, Map.of()).getOrDefault(nodeId, 0);
  }

  private void add(Planned planned, int change) {
    if (planned != null) {
      Map<Integer, Integer> cluster =
          counts.computeIfAbsent(planned.cluster(), key -> new HashMap<>());
      planned.nodeIds().forEach(nodeId -> cluster.merge(nodeId, change, Integer::sum));
    }
  }
}
