package io.multiraft.node.port;

import io.multiraft.node.wire.RaftFrameDecoder;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds what half-received frames hold: all connections of a node together in bytes, and each
 * frame in time. A frame's claim takes no memory, but its bytes do, and whoever sends all of a
 * large frame but the last byte on each of many connections would otherwise take all there is.
 */
public final class IncompleteFrames {
  private final long maxBytes;
  private final int maxFrameSeconds;
  private final AtomicLong bytes = new AtomicLong();

  /** Bounds of a node. */
  public static IncompleteFrames of(PortLimits limits) {
    return new IncompleteFrames(limits.maxIncompleteFrameBytes(), limits.maxMessageSeconds());
  }

  private IncompleteFrames(long maxBytes, int maxFrameSeconds) {
    this.maxBytes = maxBytes;
    this.maxFrameSeconds = maxFrameSeconds;
  }

  /** Watches a connection; stands behind its decoder. */
  Watch watch(RaftFrameDecoder decoder) {
    return new Watch(decoder);
  }

  /** Closes a connection whose frame does not come to an end, or for which there is no room. */
  final class Watch extends ChannelInboundHandlerAdapter {
    private final RaftFrameDecoder decoder;
    private int held;
    private long framesAtLastLook = -1;
    private ScheduledFuture<?> looks;

    Watch(RaftFrameDecoder decoder) {
      this.decoder = decoder;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      looks =
          context
              .executor()
              .scheduleWithFixedDelay(
                  () -> look(context), maxFrameSeconds, maxFrameSeconds, TimeUnit.SECONDS);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      int now = decoder.incompleteBytes();
      if (now != held) {
        long all = bytes.addAndGet(now - held);
        boolean grew = now > held;
        held = now;
        if (grew && all > maxBytes) {
          fail(context, "no-room-for-frames", all + " bytes of incomplete frames are held");
        }
      }
      context.fireChannelReadComplete();
    }

    /** Seldom, and never for each read: a frame that was here at the last look must be done. */
    private void look(ChannelHandlerContext context) {
      long frames = decoder.frames();
      if (held > 0 && frames == framesAtLastLook) {
        fail(context, "unfinished-frame", "a frame takes more than " + maxFrameSeconds + " s");
      }
      framesAtLastLook = held > 0 ? frames : -1;
    }

    private void fail(ChannelHandlerContext context, String reason, String detail) {
      context.fireExceptionCaught(new RefusedConnectionException(reason, detail));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      release();
      context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
      release();
    }

    private void release() {
      looks.cancel(false);
      bytes.addAndGet(-held);
      held = 0;
    }
  }
}
