package io.multiraft.node.api.admin;

import io.multiraft.node.port.PortMetrics;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection whose request does not come to an end: a byte now and then keeps a connection
 * from being idle, but not from this. Stands in front of the decoder.
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {
  private final PortMetrics metrics;
  private final int maxRequestSeconds;
  private ScheduledFuture<?> deadline;

  RequestDeadline(PortMetrics metrics, int maxRequestSeconds) {
    this.metrics = metrics;
    this.maxRequestSeconds = maxRequestSeconds;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    if (deadline == null) {
      deadline =
          context.executor().schedule(() -> expired(context), maxRequestSeconds, TimeUnit.SECONDS);
    }
    context.fireChannelRead(bytes);
  }

  private void expired(ChannelHandlerContext context) {
    metrics.refused("http-unfinished-request", context.channel(), "");
    context.close();
  }

  /** A whole request has arrived; whatever comes now belongs to the next one. */
  void requestArrived() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    requestArrived();
  }
}
