package io.multiraft.operator.observe;

/** Is told what changed; called on stream threads, must return at once. */
public interface ObserverListener {
  /** A group changed, appeared or disappeared on some node of the cluster. */
  void groupChanged(ClusterKey cluster, String groupNamespace, String groupName);

  /** A node came, went or restarted: everything about the cluster may look different now. */
  void nodeChanged(ClusterKey cluster);
}
