package io.multiraft.node.api.admin;

import io.multiraft.node.port.ConnectionAttributes;
import io.multiraft.node.port.PortMetrics;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;

/**
 * Takes bodies of those alone who may change something: a body waits in memory until it is whole,
 * and nobody else has use for one. Stands between decoder and aggregator.
 */
final class BodyGate extends ChannelInboundHandlerAdapter {
  private final AdminRoutes routes;
  private final PortMetrics metrics;
  private boolean closing;

  BodyGate(AdminRoutes routes, PortMetrics metrics) {
    this.routes = routes;
    this.metrics = metrics;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!closing && message instanceof HttpRequest request && hasBody(request)) {
      try {
        routes.authorize(
            request.headers().get(HttpHeaderNames.AUTHORIZATION),
            ConnectionAttributes.identity(context.channel()));
      } catch (ProblemException e) {
        closing = true;
        metrics.refused("http-body-without-right", context.channel(), "");
        context
            .writeAndFlush(AdminHandler.response(Reply.problem(e.problem()), false))
            .addListener(ChannelFutureListener.CLOSE);
      }
    }
    if (closing) {
      ReferenceCountUtil.release(message);
    } else {
      context.fireChannelRead(message);
    }
  }

  private static boolean hasBody(HttpRequest request) {
    return HttpUtil.isTransferEncodingChunked(request)
        || HttpUtil.getContentLength(request, 0L) > 0;
  }
}
