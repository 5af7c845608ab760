package io.multiraft.node.port;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the first bytes of a connection, builds the pipeline of the protocol they belong to and
 * leaves. A PROXY protocol v2 header of a trusted source is taken off and detection starts again.
 */
final class ProtocolDetector extends ByteToMessageDecoder {
  private static final Logger LOG = LoggerFactory.getLogger(ProtocolDetector.class);

  private static final byte[] HTTP2_PREFACE = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  private static final byte[] PROXY_SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  private static final byte[][] HTTP1_METHODS = {
    ascii("GET "),
    ascii("PUT "),
    ascii("POST "),
    ascii("DELETE "),
    ascii("HEAD "),
    ascii("OPTIONS "),
    ascii("PATCH ")
  };

  /** What the bytes so far can be. */
  private enum Match {
    YES,
    NO,
    MORE_BYTES
  }

  private final PortProtocols protocols;
  private final TrustedProxies trustedProxies;
  private final PortMetrics metrics;
  private final int timeoutMillis;
  private ScheduledFuture<?> timeout;
  private boolean proxied;

  ProtocolDetector(
      PortProtocols protocols,
      TrustedProxies trustedProxies,
      PortMetrics metrics,
      int timeoutMillis) {
    this.protocols = protocols;
    this.trustedProxies = trustedProxies;
    this.metrics = metrics;
    this.timeoutMillis = timeoutMillis;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    timeout =
        context
            .executor()
            .schedule(() -> refuse(context, "silent"), timeoutMillis, TimeUnit.MILLISECONDS);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    timeout.cancel(false);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (in.getByte(in.readerIndex()) == 0) {
      hand(context, "raft", protocols.raft());
      return;
    }
    Match proxy = startsWith(in, PROXY_SIGNATURE);
    Match http2 = startsWith(in, HTTP2_PREFACE);
    Match http1 = http1(in);
    if (http2 == Match.YES) {
      hand(context, "http2", protocols.http2());
    } else if (http1 == Match.YES) {
      hand(context, "http1", protocols.http1());
    } else if (proxy == Match.YES) {
      expectProxyHeader(context);
    } else if (proxy == Match.NO && http2 == Match.NO && http1 == Match.NO) {
      in.skipBytes(in.readableBytes());
      refuse(context, "unknown-protocol");
    }
  }

  private void hand(
      ChannelHandlerContext context,
      String protocol,
      java.util.function.Consumer<io.netty.channel.ChannelPipeline> initializer) {
    metrics.detected(protocol);
    initializer.accept(context.pipeline());
    context.pipeline().remove(this);
  }

  private void expectProxyHeader(ChannelHandlerContext context) {
    InetSocketAddress source = (InetSocketAddress) context.channel().remoteAddress();
    if (proxied || !trustedProxies.trusts(source.getAddress())) {
      refuse(context, "untrusted-proxy");
      return;
    }
    context
        .pipeline()
        .addLast(new HAProxyMessageDecoder(true))
        .addLast(new ProxyHeaderHandler(protocols, trustedProxies, metrics, timeoutMillis));
    context.pipeline().remove(this);
  }

  private void refuse(ChannelHandlerContext context, String reason) {
    metrics.refused(reason);
    LOG.debug("Closing connection of {}: {}", context.channel().remoteAddress(), reason);
    context.close();
  }

  private static Match http1(ByteBuf in) {
    Match best = Match.NO;
    for (byte[] method : HTTP1_METHODS) {
      Match match = startsWith(in, method);
      if (match == Match.YES) {
        return match;
      }
      best = match == Match.MORE_BYTES ? match : best;
    }
    return best;
  }

  private static Match startsWith(ByteBuf in, byte[] prefix) {
    int compared = Math.min(in.readableBytes(), prefix.length);
    for (int i = 0; i < compared; i++) {
      if (in.getByte(in.readerIndex() + i) != prefix[i]) {
        return Match.NO;
      }
    }
    return compared == prefix.length ? Match.YES : Match.MORE_BYTES;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Takes the PROXY header's facts into the connection's attributes and detects again. */
  private static final class ProxyHeaderHandler
      extends io.netty.channel.SimpleChannelInboundHandler<HAProxyMessage> {
    private final PortProtocols protocols;
    private final TrustedProxies trustedProxies;
    private final PortMetrics metrics;
    private final int timeoutMillis;

    ProxyHeaderHandler(
        PortProtocols protocols,
        TrustedProxies trustedProxies,
        PortMetrics metrics,
        int timeoutMillis) {
      this.protocols = protocols;
      this.trustedProxies = trustedProxies;
      this.metrics = metrics;
      this.timeoutMillis = timeoutMillis;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HAProxyMessage header) {
      for (HAProxyTLV tlv : header.tlvs()) {
        if (tlv.type() == HAProxyTLV.Type.PP2_TYPE_AUTHORITY) {
          String group = tlv.content().toString(StandardCharsets.UTF_8);
          context.channel().attr(ConnectionAttributes.BOUND_GROUP).set(group);
        }
      }
      if (header.sourceAddress() != null) {
        context
            .channel()
            .attr(ConnectionAttributes.CLIENT_ADDRESS)
            .set(InetSocketAddress.createUnresolved(header.sourceAddress(), header.sourcePort()));
      }
      ProtocolDetector again =
          new ProtocolDetector(protocols, trustedProxies, metrics, timeoutMillis);
      again.proxied = true;
      context.pipeline().addLast(again);
      context.pipeline().remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      metrics.refused("bad-proxy-header");
      LOG.warn("Bad PROXY header from {}: {}", context.channel().remoteAddress(), cause.toString());
      context.close();
    }
  }
}
