package io.multiraft.node.port;

import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.wire.RequestFrame;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** One outgoing connection for each peer node, shared by all groups. Thread-safe. */
public final class PeerConnections implements AutoCloseable {
  private final Map<String, PeerConnection> byEndpoint = new ConcurrentHashMap<>();
  private final NodeTransport transport;
  private final RaftPeering peering;
  private final Supplier<RandomGenerator> random;

  /**
   * Connections that are made when they are first needed.
   *
   * @param random spreads attempts to connect again
   */
  public PeerConnections(
      NodeTransport transport, RaftPeering peering, Supplier<RandomGenerator> random) {
    this.transport = transport;
    this.peering = peering;
    this.random = random;
  }

  /**
   * Sends a request.
   *
   * @param endpoint {@code host:port} of the peer
   * @param expected the node that must answer there, empty for an old peer
   * @param groupId the group; 0 may go to an old peer
   * @param request in its legacy form; the connection gives it the form that the peer understands
   * @param response takes the outcome
   */
  public void send(
      String endpoint,
      Optional<NodeRef> expected,
      int groupId,
      RequestFrame request,
      PeerResponse response) {
    byEndpoint
        .computeIfAbsent(
            endpoint, name -> new PeerConnection(name, transport, peering, random.get()))
        .send(new PeerConnection.Outbound(expected, groupId, request, response));
  }

  @Override
  public void close() {
    byEndpoint.values().forEach(PeerConnection::close);
  }
}
