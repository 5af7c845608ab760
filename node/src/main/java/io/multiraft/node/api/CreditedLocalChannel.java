package io.multiraft.node.api;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalServerChannel;
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

  private final AtomicLong unreadByOtherEnd = new AtomicLong();
  private volatile CreditedLocalChannel otherEnd;

  /** The connecting end. */
  CreditedLocalChannel() {
    pipeline().addFirst(new Reader());
  }

  /** The accepted end. */
  private CreditedLocalChannel(LocalServerChannel parent, CreditedLocalChannel connecting) {
    super(parent, connecting);
    otherEnd = connecting;
    connecting.otherEnd = this;
    pipeline().addFirst(new Reader());
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

  /** Stands first in the pipeline and tells the writer what has been read. */
  private final class Reader extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      long bytes = sizeBytes(message);
      ctx.fireChannelRead(message);
      CreditedLocalChannel writer = otherEnd;
      if (writer != null) {
        writer.wasRead(bytes);
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
