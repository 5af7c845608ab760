package io.multiraft.operator.group;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.multiraft.operator.OperatorConfig;
import io.multiraft.operator.cluster.Applier;
import io.multiraft.operator.cluster.ClusterReconciler;
import io.multiraft.operator.cluster.MarkStore;
import io.multiraft.operator.observe.AdminApi;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.NodeObserver;
import io.multiraft.operator.observe.NodeView;
import io.multiraft.operator.status.EventRecorder;
import java.util.Optional;
import java.util.function.Function;

/** Puts the parts of this package together. */
public final class GroupModule implements AutoCloseable {
  private static final int ID_BLOCK_SIZE = 100;

  private final NodeCalls calls;
  private final GroupReconciler reconciler;
  private final Orphans orphans;

  /**
   * @param token the token of a cluster, asked before each call
   */
  public GroupModule(
      KubernetesClient client,
      OperatorConfig config,
      AdminApi api,
      NodeObserver observer,
      Function<ClusterKey, String> token,
      Applier applier) {
    GroupDirectory directory = new GroupDirectory();
    ReplicaCounts counts = new ReplicaCounts();
    this.calls =
        new NodeCalls(
            api, (cluster, pod) -> access(observer, token, cluster, pod), this::groupChanged);
    this.orphans =
        new Orphans(client, observer, calls, directory, config.orphanGrace(), System::nanoTime);
    GroupIds ids = new GroupIds(new MarkStore(client), ID_BLOCK_SIZE);
    this.reconciler =
        new GroupReconciler(
            client,
            directory,
            new PlanStep(ids, observer, counts, directory),
            new MemberStep(observer, calls),
            new MembershipStep(
                observer,
                new MembershipOrders(
                    api, token, new MembershipCalls(this::groupChanged, System::nanoTime)),
                counts),
            new GroupServiceStep(client, applier),
            new GroupStatusStep(client, config.progressInterval()),
            new CleanupStep(observer, calls, config.removalTimeout()),
            counts,
            new GroupEvents(new EventRecorder(client)));
  }

  private static Optional<NodeQueue.Access> access(
      NodeObserver observer, Function<ClusterKey, String> token, ClusterKey cluster, String pod) {
    return Optional.ofNullable(observer.view(cluster, pod))
        .map(NodeView::address)
        .map(address -> new NodeQueue.Access(address, token.apply(cluster)));
  }

  public GroupReconciler reconciler() {
    return reconciler;
  }

  public ClusterReconciler.OrphanSweep orphans() {
    return orphans;
  }

  private void groupChanged(GroupName name) {
    reconciler.groupChanged(name);
  }

  /** A group changed on some node. */
  public void groupChanged(String namespace, String name) {
    reconciler.groupChanged(new GroupName(namespace, name));
  }

  /** A node of the cluster came, went or restarted. */
  public void nodesChanged(ClusterKey cluster) {
    calls.resume(cluster);
    reconciler.nodesChanged(cluster);
  }

  @Override
  public void close() {
    calls.close();
  }
}
