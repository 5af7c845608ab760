package io.multiraft.local.forward;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The PROXY protocol v2 header that names the group of a connection. */
final class ProxyHeader {
  private ProxyHeader() {}

  /**
   * @param authority {@code <group>.<namespace>}
   * @param client where the connection comes from, IPv4
   * @param listener where it arrived, IPv4
   */
  static HAProxyMessage of(String authority, InetSocketAddress client, InetSocketAddress listener) {
    HAProxyTLV group =
        new HAProxyTLV(
            HAProxyTLV.Type.PP2_TYPE_AUTHORITY,
            Unpooled.copiedBuffer(authority, StandardCharsets.UTF_8));
    return new HAProxyMessage(
        HAProxyProtocolVersion.V2,
        HAProxyCommand.PROXY,
        HAProxyProxiedProtocol.TCP4,
        client.getAddress().getHostAddress(),
        listener.getAddress().getHostAddress(),
        client.getPort(),
        listener.getPort(),
        List.of(group));
  }
}
