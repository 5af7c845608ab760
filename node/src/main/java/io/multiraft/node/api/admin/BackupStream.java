package io.multiraft.node.api.admin;

import io.multiraft.node.group.Backup;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams a backup as fast as the client takes it, one piece in memory at a time, and closes the
 * connection behind it; a break before the announced length tells the client that it failed.
 */
final class BackupStream extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(BackupStream.class);
  private static final int PIECE_BYTES = 128 << 10;

  private final Backup backup;
  private ChannelHandlerContext context;
  private long offset;
  private boolean reading;
  private boolean ended;

  BackupStream(Backup backup) {
    this.backup = backup;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  void begin() {
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_OCTET_STREAM)
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
        .set("Multiraft-Snapshot-Index", backup.index());
    HttpUtil.setContentLength(head, backup.fileBytes());
    context.write(head);
    pump();
  }

  private void pump() {
    if (reading || ended || !context.channel().isWritable()) {
      return;
    }
    reading = true;
    int length = (int) Math.min(PIECE_BYTES, backup.fileBytes() - offset);
    backup
        .read(offset, length)
        .whenComplete((piece, failure) -> context.executor().execute(() -> taken(piece, failure)));
  }

  private void taken(ByteBuffer piece, Throwable failure) {
    reading = false;
    if (ended) {
      backup.close();
    } else if (failure != null) {
      LOG.warn("A backup breaks off: {}", failure.toString());
      context.close();
    } else {
      offset += piece.remaining();
      if (offset == backup.fileBytes()) {
        context
            .writeAndFlush(new DefaultLastHttpContent(Unpooled.wrappedBuffer(piece)))
            .addListener(ChannelFutureListener.CLOSE);
      } else {
        context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(piece)));
        pump();
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext changed) {
    pump();
    changed.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext inactive) {
    end();
    inactive.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    end();
  }

  private void end() {
    if (!ended) {
      ended = true;
      if (!reading) {
        backup.close();
      }
    }
  }
}
