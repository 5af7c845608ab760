/**
 * RaftCluster: the objects that make a cluster of nodes, and its status.
 *
 * <p>{@link io.multiraft.operator.cluster.ClusterReconciler} is the list of steps; the builders are
 * pure functions of {@link io.multiraft.operator.cluster.ClusterSettings}; {@link
 * io.multiraft.operator.cluster.Applier} writes what differs.
 */
package io.multiraft.operator.cluster;
