package io.multiraft.node.port;

import io.multiraft.node.port.tls.NodeTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/** Waits for the end of a TLS handshake and notes who is at the other end. */
final class TlsLayer extends ChannelInboundHandlerAdapter {
  private final Detection detection;
  private final NodeTls tls;
  private final SslHandler handler;

  private TlsLayer(Detection detection, NodeTls tls, SslHandler handler) {
    this.detection = detection;
    this.tls = tls;
    this.handler = handler;
  }

  static void install(ChannelPipeline pipeline, Detection detection) {
    NodeTls tls = detection.rules.tls().orElseThrow();
    SslHandler handler = tls.accept(pipeline.channel().alloc());
    // the time for all layers together ends first
    handler.setHandshakeTimeoutMillis(detection.rules.limits().detectionTimeoutMillis());
    pipeline.addLast(handler).addLast(new TlsLayer(detection, tls, handler));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (!(event instanceof SslHandshakeCompletionEvent done)) {
      context.fireUserEventTriggered(event);
      return;
    }
    if (!done.isSuccess()) {
      failed(context, done.cause());
      return;
    }
    Channel channel = context.channel();
    SSLSession session = handler.engine().getSession();
    channel.attr(ConnectionAttributes.IDENTITY).set(tls.identityOf(session));
    channel.attr(ConnectionAttributes.TLS_SESSION).set(session);
    NodeTls.serverNameOf(session)
        .ifPresent(name -> channel.attr(ConnectionAttributes.SERVER_NAME).set(name));
    detection.again(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failed(context, cause instanceof DecoderException ? cause.getCause() : cause);
  }

  private void failed(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException && !(cause instanceof SSLException)) {
      context.close(); // the client has gone
    } else {
      detection.refuse("tls-handshake", String.valueOf(cause));
    }
  }
}
