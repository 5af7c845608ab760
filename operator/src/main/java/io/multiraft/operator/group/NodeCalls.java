package io.multiraft.operator.group;

import io.multiraft.operator.observe.AdminApi;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.GroupRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Calls to all nodes, one {@link NodeQueue} for each. Reconcilers say what they want and go on; the
 * answer comes as another reconcile of the group. Safe for use by many threads.
 */
final class NodeCalls implements AutoCloseable {
  private record Node(ClusterKey cluster, String podName) {}

  private final AdminApi api;
  private final BiFunction<ClusterKey, String, Optional<NodeQueue.Access>> access;
  private final Consumer<GroupName> onAnswer;
  private final Map<Node, NodeQueue> queues = new HashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "node-calls");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param access where a pod's node answers, asked before each call
   * @param onAnswer told when a call about the group got its final answer
   */
  NodeCalls(
      AdminApi api,
      BiFunction<ClusterKey, String, Optional<NodeQueue.Access>> access,
      Consumer<GroupName> onAnswer) {
    this.api = api;
    this.access = access;
    this.onAnswer = onAnswer;
  }

  void add(ClusterKey cluster, String podName, GroupRequest request) {
    queue(cluster, podName).add(request);
  }

  void remove(ClusterKey cluster, String podName, int groupId, GroupName group, String uid) {
    queue(cluster, podName).remove(groupId, group, uid);
  }

  Optional<NodeQueue.Answer> additionAnswer(ClusterKey cluster, String podName, int groupId) {
    return queue(cluster, podName).additionAnswer(groupId);
  }

  Optional<NodeQueue.Answer> removalAnswer(ClusterKey cluster, String podName, int groupId) {
    return queue(cluster, podName).removalAnswer(groupId);
  }

  void forget(ClusterKey cluster, int groupId) {
    queues(cluster).forEach(queue -> queue.forget(groupId));
  }

  /** The cluster's nodes may be reachable again: whatever waits is sent now. */
  void resume(ClusterKey cluster) {
    queues(cluster).forEach(NodeQueue::resume);
  }

  private synchronized List<NodeQueue> queues(ClusterKey cluster) {
    return queues.entrySet().stream()
        .filter(entry -> entry.getKey().cluster().equals(cluster))
        .map(Map.Entry::getValue)
        .toList();
  }

  private synchronized NodeQueue queue(ClusterKey cluster, String podName) {
    return queues.computeIfAbsent(
        new Node(cluster, podName),
        key ->
            new NodeQueue(
                cluster, podName, api, () -> access.apply(cluster, podName), timer, onAnswer));
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
