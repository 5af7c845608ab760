/**
 * The operator: turns RaftCluster and RaftGroup resources into pods and into calls to the nodes in
 * them.
 *
 * <p>A newcomer starts at {@code cluster.ClusterReconciler} and {@code group.GroupReconciler}, each
 * a list of steps. {@code observe} is how nodes are seen, {@code status} how resources say what is.
 */
package io.multiraft.operator;
