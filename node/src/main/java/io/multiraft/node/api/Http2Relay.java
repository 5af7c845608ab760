package io.multiraft.node.api;

import io.multiraft.node.port.ConnectionAttributes;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The last handler of a connection that speaks HTTP/2: relays its bytes to the gRPC server inside
 * the process and back.
 *
 * <p>Added to a pipeline, it takes over reading: each side reads only while the other is writable,
 * so a slow client holds back the server and never fills memory. What arrives before the inner
 * connection stands (the port's first bytes, read already) waits here. Either side's end closes the
 * other once what it has written before is out; HTTP/2 has no half-closed connections.
 */
public final class Http2Relay extends ChannelInboundHandlerAdapter {
  private final EventLoopGroup innerLoops;
  private final LocalAddress serverAddress;
  private final ConnectionOrigins origins;
  private final ConnectionOrigin origin;

  /** Read before the inner connection stood; null once it stands. */
  private Queue<Object> early = new ArrayDeque<>();

  private volatile CreditedLocalChannel inner;

  Http2Relay(
      EventLoopGroup innerLoops,
      LocalAddress serverAddress,
      ConnectionOrigins origins,
      ConnectionOrigin origin) {
    this.innerLoops = innerLoops;
    this.serverAddress = serverAddress;
    this.origins = origins;
    this.origin = origin;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(false);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(innerLoops)
            .channelFactory(CreditedLocalChannel::new)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.ALLOCATOR, ctx.alloc())
            .handler(new InnerSide(ctx.channel()));
    LocalAddress innerAddress = origins.note(origin);
    ChannelFuture connected = bootstrap.connect(serverAddress, innerAddress);
    inner = (CreditedLocalChannel) connected.channel();
    inner.closeFuture().addListener(closed -> origins.forget(innerAddress));
    connected.addListener(
        (ChannelFutureListener) future -> ctx.executor().execute(() -> begin(ctx, future)));
  }

  /** Bytes inside the process on their way between this connection and the gRPC server. */
  long bytesInFlight() {
    CreditedLocalChannel end = inner;
    return end == null ? 0 : end.bytesInFlight();
  }

  private void begin(ChannelHandlerContext ctx, ChannelFuture connected) {
    Queue<Object> waiting = early;
    early = null;
    if (!connected.isSuccess() || !ctx.channel().isActive()) {
      waiting.forEach(ReferenceCountUtil::release);
      inner.close();
      ctx.close();
      return;
    }
    waiting.forEach(message -> inner.write(message, inner.voidPromise()));
    inner.flush();
    inner.read();
    readWhileWritable(ctx.channel(), inner);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (early != null) {
      early.add(message);
    } else {
      inner.write(message, inner.voidPromise());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (early == null) {
      inner.flush();
      readWhileWritable(ctx.channel(), inner);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (early == null) {
      readWhileWritable(inner, ctx.channel());
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    releaseEarly();
    closeAfterWrites(inner);
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    releaseEarly();
  }

  private void releaseEarly() {
    if (early != null) {
      early.forEach(ReferenceCountUtil::release);
      early.clear();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // a broken connection ends; grpc-java sees its own end close
    ctx.close();
  }

  private static void readWhileWritable(Channel from, Channel to) {
    if (to.isWritable()) {
      from.read();
    }
  }

  private static void closeAfterWrites(Channel channel) {
    if (channel.isActive()) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    } else {
      channel.close();
    }
  }

  /** The inner connection's end; runs on its own event loop. */
  private static final class InnerSide extends ChannelInboundHandlerAdapter {
    private final Channel outer;

    InnerSide(Channel outer) {
      this.outer = outer;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      outer.write(message, outer.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      outer.flush();
      readWhileWritable(ctx.channel(), outer);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      readWhileWritable(outer, ctx.channel());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (outer.isActive()) {
        ConnectionAttributes.endedByProtocol(outer, "http2-ended");
      }
      closeAfterWrites(outer);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
