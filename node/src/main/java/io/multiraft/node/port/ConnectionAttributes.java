package io.multiraft.node.port;

import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;

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

  private ConnectionAttributes() {}
}
