package io.multiraft.node.api;

import java.net.SocketAddress;
import java.util.Objects;
import java.util.Optional;

/**
 * What the shared port knows about a connection and a gRPC call on it must know too.
 *
 * @param remoteAddress the client, as the PROXY header tells it or the socket
 * @param boundGroup {@code <group>.<namespace>} when the connection belongs to one group
 */
public record ConnectionOrigin(SocketAddress remoteAddress, Optional<String> boundGroup) {
  public ConnectionOrigin {
    Objects.requireNonNull(remoteAddress, "remoteAddress");
    Objects.requireNonNull(boundGroup, "boundGroup");
  }
}
