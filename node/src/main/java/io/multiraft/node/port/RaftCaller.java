package io.multiraft.node.port;

import io.multiraft.node.raft.NodeRef;
import java.util.Optional;

/**
 * Who sent a request.
 *
 * @param node the node that has said hello on the connection, empty for an old peer
 * @param bootNumber what that node has shown as its boot number, 0 for an old peer
 * @param address where the connection comes from, for messages
 */
public record RaftCaller(Optional<NodeRef> node, long bootNumber, String address) {
  /** Somebody who has not said hello. */
  public RaftCaller(Optional<NodeRef> node, String address) {
    this(node, 0, address);
  }
}
