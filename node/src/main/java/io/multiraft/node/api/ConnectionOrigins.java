package io.multiraft.node.api;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import io.netty.channel.local.LocalAddress;
import java.net.SocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Carries what the port knows of a connection over to grpc-java, which knows only the inner
 * connection's address: the relay notes the origin under the address it connects from, and the
 * transport that arrives from there gets it as an attribute.
 */
final class ConnectionOrigins extends ServerTransportFilter {
  /** On every call's attributes. */
  static final Attributes.Key<ConnectionOrigin> ORIGIN =
      Attributes.Key.create("multiraft-connection-origin");

  private static final AtomicLong COUNTER = new AtomicLong();

  private final ConcurrentMap<SocketAddress, ConnectionOrigin> byInnerAddress =
      new ConcurrentHashMap<>();

  /** A new inner address for a connection; to be forgotten when the inner connection ends. */
  LocalAddress note(ConnectionOrigin origin) {
    LocalAddress address = new LocalAddress("relay-" + COUNTER.incrementAndGet());
    byInnerAddress.put(address, origin);
    return address;
  }

  void forget(LocalAddress address) {
    byInnerAddress.remove(address);
  }

  int size() {
    return byInnerAddress.size();
  }

  @Override
  public Attributes transportReady(Attributes transport) {
    ConnectionOrigin origin = byInnerAddress.get(transport.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
    // absent only when the relay has ended already; calls without an origin are refused
    if (origin == null) {
      return transport;
    }
    Attributes.Builder known =
        transport.toBuilder()
            .set(ORIGIN, origin)
            .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, origin.remoteAddress());
    origin.tlsSession().ifPresent(session -> known.set(Grpc.TRANSPORT_ATTR_SSL_SESSION, session));
    return known.build();
  }
}
