package io.multiraft.operator.group;

import io.multiraft.operator.observe.ClusterKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;

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

  /**
   * Chooses nodes by the counts of this moment, and counts what was chosen before anybody else
   * chooses: groups that are planned at the same time do not all take the same nodes.
   *
   * @param choice given how many members a node has, without this group's
   */
  synchronized Placement.Plan place(
      ClusterKey cluster, String groupUid, Function<IntUnaryOperator, Placement.Plan> choice) {
    remove(groupUid);
    Placement.Plan plan = choice.apply(nodeId -> replicas(cluster, nodeId));
    if (plan instanceof Placement.Plan.Placed placed) {
      put(cluster, groupUid, placed.members().stream().map(Placement.Member::nodeId).toList());
    }
    return plan;
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
