package io.multiraft.node.port;

import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.wire.RequestFrame;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One outgoing connection for each peer node, shared by all groups. Thread-safe. */
public final class PeerConnections implements AutoCloseable {
  private static final int MAX_WAITING_LOOKUPS = 1_000;

  private final Map<String, PeerConnection> byEndpoint = new ConcurrentHashMap<>();
  private final NodeTransport transport;
  private final RaftPeering peering;
  // The JDK's name lookup blocks, which an event loop must not; it also reads the hosts file that
  // jdk.net.hosts.file names, which Netty's own resolver does not.
  private final ExecutorService resolver =
      new ThreadPoolExecutor(
          0,
          2,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(MAX_WAITING_LOOKUPS),
          new io.netty.util.concurrent.DefaultThreadFactory("resolver", true));

  /** Connections that are made when they are first needed. */
  public PeerConnections(NodeTransport transport, RaftPeering peering) {
    this.transport = transport;
    this.peering = peering;
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
        .computeIfAbsent(endpoint, name -> new PeerConnection(name, transport, peering, resolver))
        .send(new PeerConnection.Outbound(expected, groupId, request, response));
  }

  @Override
  public void close() {
    byEndpoint.values().forEach(PeerConnection::close);
    resolver.shutdownNow();
  }
}
