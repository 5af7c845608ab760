package io.multiraft.local.forward;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;

/**
 * Hands the bytes of one side to the other. The next read begins when the last bytes are written,
 * so at most one buffer waits in each direction. Needs channels without auto-read and with half
 * closure: the end of one direction is passed on while the other still flows.
 */
final class Relay extends ChannelInboundHandlerAdapter {
  private final Channel other;

  Relay(Channel other) {
    this.other = other;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    context.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    if (!other.isActive()) {
      ReferenceCountUtil.release(bytes);
      context.close();
      return;
    }
    other
        .writeAndFlush(bytes)
        .addListener(
            written -> {
              if (written.isSuccess()) {
                context.channel().read();
              } else {
                context.close();
              }
            });
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      DuplexChannel here = (DuplexChannel) context.channel();
      ((DuplexChannel) other)
          .shutdownOutput()
          .addListener(
              done -> {
                if (here.isOutputShutdown() || !other.isActive()) {
                  here.close();
                  other.close();
                }
              });
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (other.isActive()) {
      other.write(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      other.flush();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close(); // a connection that was reset; channelInactive ends the other side
  }
}
