package io.multiraft.operator;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Probes and metrics over HTTP: {@code /livez}, {@code /readyz}, {@code /metrics}. On Netty,
 * because the JDK's own server is left out of the small Java runtimes that images are built on.
 */
final class HealthServer implements AutoCloseable {
  private static final int MAX_BODY_BYTES = 1_024;
  private static final int READ_TIMEOUT_SECONDS = 30;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("health", true), NioIoHandler.newFactory());
  private final BooleanSupplier live;
  private final BooleanSupplier ready;
  private final PrometheusMeterRegistry metrics;
  private final Channel listener;

  /**
   * @param port 0 for a free one
   * @param live false when only a restart helps
   * @param ready whether the operator does its work or stands by to take it over
   */
  HealthServer(
      int port, BooleanSupplier live, BooleanSupplier ready, PrometheusMeterRegistry metrics)
      throws IOException {
    this.live = live;
    this.ready = ready;
    this.metrics = metrics;
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new ReadTimeoutHandler(READ_TIMEOUT_SECONDS))
                        .addLast(new HttpServerCodec())
                        .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
                        .addLast(new Pages());
                  }
                })
            .bind(port)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException("cannot listen on port " + port, bound.cause());
    }
    listener = bound.channel();
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** Answers one request and ends the connection. */
  private final class Pages extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      switch (new QueryStringDecoder(request.uri()).path()) {
        case "/livez" -> probe(context, live);
        case "/readyz" -> probe(context, ready);
        case "/metrics" -> answer(context, HttpResponseStatus.OK, metrics.scrape());
        default -> answer(context, HttpResponseStatus.NOT_FOUND, "not found\n");
      }
    }

    private void probe(ChannelHandlerContext context, BooleanSupplier healthy) {
      if (healthy.getAsBoolean()) {
        answer(context, HttpResponseStatus.OK, "ok\n");
      } else {
        answer(context, HttpResponseStatus.SERVICE_UNAVAILABLE, "not ok\n");
      }
    }

    private void answer(ChannelHandlerContext context, HttpResponseStatus status, String text) {
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4");
      HttpUtil.setContentLength(response, response.content().readableBytes());
      HttpUtil.setKeepAlive(response, false);
      context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close(); // a client that went away or spoke something else
    }
  }
}
