package io.multiraft.node.port;

import io.multiraft.node.port.tls.Identity;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;

/** What the port has learned about a connection before its protocol's handlers take over. */
public final class ConnectionAttributes {
  /**
   * The group that a trusted PROXY header bound the connection to, as {@code group.namespace}; no
   * request on the connection may name another. Absent: not bound.
   */
  public static final AttributeKey<String> BOUND_GROUP =
      AttributeKey.valueOf(ConnectionAttributes.class, "boundGroup");

  /** The client's own address where a trusted PROXY header told it; absent: the socket's peer. */
  public static final AttributeKey<InetSocketAddress> CLIENT_ADDRESS =
      AttributeKey.valueOf(ConnectionAttributes.class, "clientAddress");

  /** The host name that a TLS client asked for; it binds the connection if it names a group. */
  public static final AttributeKey<String> SERVER_NAME =
      AttributeKey.valueOf(ConnectionAttributes.class, "serverName");

  /** Who is at the other end; always there. */
  public static final AttributeKey<Identity> IDENTITY =
      AttributeKey.valueOf(ConnectionAttributes.class, "identity");

  /** Of a connection with TLS. */
  public static final AttributeKey<SSLSession> TLS_SESSION =
      AttributeKey.valueOf(ConnectionAttributes.class, "tlsSession");

  /** Of the port that has accepted the connection. */
  static final AttributeKey<PortMetrics> METRICS =
      AttributeKey.valueOf(ConnectionAttributes.class, "metrics");

  private ConnectionAttributes() {}

  /** Counts that a protocol has ended a connection because of what came on it. */
  public static void endedByProtocol(Channel channel, String reason) {
    PortMetrics metrics = channel.attr(METRICS).get();
    if (metrics != null) {
      metrics.ended(reason);
    }
  }

  /** Who is at the other end of a connection that the port has handed over. */
  public static Identity identity(Channel channel) {
    return channel.attr(IDENTITY).get();
  }
}
