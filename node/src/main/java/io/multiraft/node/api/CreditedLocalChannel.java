package io.multiraft.node.api;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalServerChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One end of a connection inside the process, with the back-pressure that a socket has.
 *
 * <p>Netty's own local channel moves every write into the other end's queue at once, however slowly
 * that end reads, so its writer never becomes unwritable. Here a write waits in the outbound
 * buffer, where it counts for writability, while more than {@link #MAX_UNREAD_BYTES} lie unread
 * over there.
 */
final class CreditedLocalChannel extends LocalChannel {
  /** Beyond this many bytes unread by the other end nothing more is handed over. */
  static final int MAX_UNREAD_BYTES = 128 * 1024;

  /** Writes up to this are gathered, larger ones pass as they are. */
  private static final int MAX_GATHERED_BYTES = 2 * 1024;

  /** What is gathered goes on at this size, flushed or not. */
  private static final int GATHER_BYTES = 16 * 1024;

  private final AtomicLong unreadByOtherEnd = new AtomicLong();
  private volatile CreditedLocalChannel otherEnd;

  /** The connecting end. */
  CreditedLocalChannel() {
    pipeline().addFirst(new Gate());
  }

  /** The accepted end. */
  private CreditedLocalChannel(LocalServerChannel parent, CreditedLocalChannel connecting) {
    super(parent, connecting);
    otherEnd = connecting;
    connecting.otherEnd = this;
    pipeline().addFirst(new Gate());
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer buffer) throws Exception {
    if (unreadByOtherEnd.get() >= MAX_UNREAD_BYTES) {
      // flushed again when the other end has read
      return;
    }
    buffer.forEachFlushedMessage(
        message -> {
          unreadByOtherEnd.addAndGet(sizeBytes(message));
          return true;
        });
    super.doWrite(buffer);
  }

  /** Bytes on their way between the two ends, both directions together. */
  long bytesInFlight() {
    CreditedLocalChannel other = otherEnd;
    return unreadByOtherEnd.get() + (other == null ? 0 : other.unreadByOtherEnd.get());
  }

  private void wasRead(long bytes) {
    long after = unreadByOtherEnd.addAndGet(-bytes);
    if (after < MAX_UNREAD_BYTES && after + bytes >= MAX_UNREAD_BYTES) {
      eventLoop().execute(this::flush);
    }
  }

  private static long sizeBytes(Object message) {
    return message instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
  }

  /**
   * Stands first in the pipeline. Tells the writer what has been read; and gathers small writes
   * into one until they are flushed, since an answer comes in three or more frames, and each buffer
   * costs its way through this channel and the socket's.
   */
  private final class Gate extends ChannelDuplexHandler {
    private ByteBuf gathered;
    private List<ChannelPromise> promises = new ArrayList<>();

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      long bytes = sizeBytes(message);
      ctx.fireChannelRead(message);
      CreditedLocalChannel writer = otherEnd;
      if (writer != null) {
        writer.wasRead(bytes);
      }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      if (!(message instanceof ByteBuf buffer) || buffer.readableBytes() > MAX_GATHERED_BYTES) {
        handOver(ctx);
        ctx.write(message, promise);
        return;
      }
      if (gathered == null) {
        gathered = ctx.alloc().buffer(GATHER_BYTES);
      }
      gathered.writeBytes(buffer);
      buffer.release();
      if (!promise.isVoid()) {
        promises.add(promise);
      }
      if (gathered.readableBytes() >= GATHER_BYTES) {
        handOver(ctx);
      }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
      handOver(ctx);
      ctx.flush();
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
      handOver(ctx);
      ctx.close(promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      handOver(ctx); // the channel is closed: fails what waits and lets the memory go
    }

    private void handOver(ChannelHandlerContext ctx) {
      if (gathered == null) {
        return;
      }
      ByteBuf message = gathered;
      List<ChannelPromise> waiting = promises;
      gathered = null;
      promises = new ArrayList<>();
      ctx.write(message).addListener(written -> complete(waiting, written.cause()));
    }

    private static void complete(List<ChannelPromise> waiting, Throwable failure) {
      for (ChannelPromise promise : waiting) {
        if (failure == null) {
          promise.trySuccess();
        } else {
          promise.tryFailure(failure);
        }
      }
    }
  }

  /** Accepts such channels. */
  static final class Server extends LocalServerChannel {
    @Override
    protected LocalChannel newLocalChannel(LocalChannel peer) {
      return new CreditedLocalChannel(this, (CreditedLocalChannel) peer);
    }
  }
}
