package io.multiraft.node.api;

import io.multiraft.node.port.tls.Identity;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/**
 * What the shared port knows about a connection and a gRPC call on it must know too.
 *
 * @param remoteAddress the client, as the PROXY header tells it or the socket
 * @param identity who the client is
 * @param boundGroup {@code <group>.<namespace>} when a PROXY header gave the connection to a group
 * @param serverName the host name that a TLS client asked for; binds it too, if it names a group
 * @param tlsSession of a connection with TLS, with the client's certificate in it
 */
public record ConnectionOrigin(
    SocketAddress remoteAddress,
    Identity identity,
    Optional<String> boundGroup,
    Optional<String> serverName,
    Optional<SSLSession> tlsSession) {
  public ConnectionOrigin {
    Objects.requireNonNull(remoteAddress, "remoteAddress");
    Objects.requireNonNull(identity, "identity");
    Objects.requireNonNull(boundGroup, "boundGroup");
    Objects.requireNonNull(serverName, "serverName");
    Objects.requireNonNull(tlsSession, "tlsSession");
  }
}
