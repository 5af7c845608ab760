package io.multiraft.node.port;

import io.multiraft.node.raft.NodeRef;
import java.util.Optional;

/**
 * Who sent a request.
 *
 * @param node the node that has said hello on the connection, empty for an old peer
 * @param address where the connection comes from, for messages
 */
public record RaftCaller(Optional<NodeRef> node, String address) {}
