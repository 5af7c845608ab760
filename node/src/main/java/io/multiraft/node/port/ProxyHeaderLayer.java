package io.multiraft.node.port;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Takes a PROXY header's facts into the connection's attributes. */
final class ProxyHeaderLayer extends SimpleChannelInboundHandler<HAProxyMessage> {
  private final Detection detection;

  ProxyHeaderLayer(Detection detection) {
    this.detection = detection;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HAProxyMessage header) {
    Channel channel = context.channel();
    for (HAProxyTLV tlv : header.tlvs()) {
      if (tlv.type() == HAProxyTLV.Type.PP2_TYPE_AUTHORITY) {
        String group = tlv.content().toString(StandardCharsets.UTF_8);
        channel.attr(ConnectionAttributes.BOUND_GROUP).set(group);
      }
    }
    if (header.sourceAddress() != null) {
      channel
          .attr(ConnectionAttributes.CLIENT_ADDRESS)
          .set(InetSocketAddress.createUnresolved(header.sourceAddress(), header.sourcePort()));
    }
    detection.again(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      context.close();
    } else {
      detection.refuse("bad-proxy-header", cause.toString());
    }
  }
}
