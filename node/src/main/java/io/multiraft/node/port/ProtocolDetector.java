package io.multiraft.node.port;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Looks at the first bytes of a connection, builds the pipeline of the protocol they belong to and
 * leaves. A PROXY protocol v2 header of a trusted source and TLS are taken off, and what is behind
 * them is looked at again. Never holds more than the bytes of one read.
 */
final class ProtocolDetector extends ByteToMessageDecoder {
  private static final byte[] HTTP2_PREFACE = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  private static final byte[] PROXY_SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };

  /** A record of type handshake, of any version since SSL 3. */
  private static final byte[] TLS_RECORD = {0x16, 0x03};

  private static final byte[] RAFT_MARKER = {0x00};

  private static final byte[][] HTTP1_METHODS = {
    ascii("GET "),
    ascii("PUT "),
    ascii("POST "),
    ascii("DELETE "),
    ascii("HEAD "),
    ascii("OPTIONS "),
    ascii("PATCH ")
  };

  /** A group's name and what load balancers add; the format would allow 64 KiB. */
  private static final int MAX_PROXY_TLV_BYTES = 2_048;

  private final Detection detection;

  ProtocolDetector(Detection detection) {
    this.detection = detection;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    PortProtocols protocols = detection.rules.protocols();
    if (startsWith(in, RAFT_MARKER)) {
      detection.hand(context, "raft", protocols.raft());
    } else if (startsWith(in, HTTP2_PREFACE)) {
      detection.hand(context, "http2", protocols.http2());
    } else if (startsWithMethod(in)) {
      detection.hand(context, "http1", protocols.http1());
    } else if (startsWith(in, TLS_RECORD)) {
      expectTls(context, in);
    } else if (startsWith(in, PROXY_SIGNATURE)) {
      expectProxyHeader(context, in);
    } else if (!mayBecomeKnown(in)) {
      refuse(in, "unknown-protocol");
    }
  }

  private void expectTls(ChannelHandlerContext context, ByteBuf in) {
    if (!detection.takesTls()) {
      refuse(in, "unexpected-tls");
      return;
    }
    TlsLayer.install(context.pipeline(), detection);
    context.pipeline().remove(this);
  }

  private void expectProxyHeader(ChannelHandlerContext context, ByteBuf in) {
    if (!detection.takesProxyHeader()) {
      refuse(in, "untrusted-proxy");
      return;
    }
    context
        .pipeline()
        .addLast(new HAProxyMessageDecoder(MAX_PROXY_TLV_BYTES, true))
        .addLast(new ProxyHeaderLayer(detection));
    context.pipeline().remove(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      context.close(); // a reset; nobody has lost anything
    } else {
      detection.refuse("detection-failed", cause.toString());
    }
  }

  private void refuse(ByteBuf in, String reason) {
    in.skipBytes(in.readableBytes());
    detection.refuse(reason);
  }

  private static boolean startsWithMethod(ByteBuf in) {
    for (byte[] method : HTTP1_METHODS) {
      if (startsWith(in, method)) {
        return true;
      }
    }
    return false;
  }

  private static boolean mayBecomeKnown(ByteBuf in) {
    for (byte[] method : HTTP1_METHODS) {
      if (agrees(in, method)) {
        return true;
      }
    }
    return agrees(in, HTTP2_PREFACE) || agrees(in, PROXY_SIGNATURE) || agrees(in, TLS_RECORD);
  }

  private static boolean startsWith(ByteBuf in, byte[] prefix) {
    return in.readableBytes() >= prefix.length && agrees(in, prefix);
  }

  /** Whether the bytes so far are those of the prefix, as far as both go. */
  private static boolean agrees(ByteBuf in, byte[] prefix) {
    int compared = Math.min(in.readableBytes(), prefix.length);
    for (int i = 0; i < compared; i++) {
      if (in.getByte(in.readerIndex() + i) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
