package io.multiraft.node.api.admin;

import io.multiraft.node.raft.NodeRef;

/**
 * What the admin API tells of the node itself.
 *
 * @param self id and incarnation
 * @param bootNumber of this start
 * @param name for people
 * @param address where others reach it
 * @param version of the build
 */
public record NodeInfo(
    NodeRef self, long bootNumber, String name, String address, String version) {}
