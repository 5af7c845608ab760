package io.multiraft.operator.observe;

/**
 * A pod whose node is to be observed.
 *
 * @param podName name of the pod, unique in its cluster
 * @param address where its node answers now
 */
public record PodTarget(String podName, NodeAddress address) {}
