/**
 * RaftGroup: from a resource to members on nodes and back to a status.
 *
 * <p>{@link io.multiraft.operator.group.GroupReconciler} is the list of steps. What decides is pure
 * ({@link io.multiraft.operator.group.Placement}, {@link
 * io.multiraft.operator.group.GroupAssessment}); what talks to nodes is {@link
 * io.multiraft.operator.group.NodeCalls}; ids come from {@link
 * io.multiraft.operator.group.GroupIds}.
 */
package io.multiraft.operator.group;
