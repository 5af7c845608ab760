package io.multiraft.node.api.admin;

import io.multiraft.node.RaftServer;
import io.multiraft.node.group.ChangeFeed.Change;
import io.multiraft.node.group.GroupManager;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Streams the changes of a node's groups, one JSON document a line. A slow client gets each group's
 * newest state only, so it costs no memory; one that does not read at all is disconnected.
 */
final class GroupWatch extends ChannelInboundHandlerAdapter {
  private static final int CHANGES_PER_WRITE = 256;
  private static final int KEEPALIVE_SECONDS = 5;
  private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final NodeInfo node;
  private final GroupManager groups;
  private final Runnable listener = this::schedule;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private ChannelHandlerContext context;
  private ScheduledFuture<?> keepalive;
  private final boolean listAll;
  private long cursor;
  private long syncedAt = -1;
  private long lastWritableNanos = System.nanoTime();

  /**
   * @param cursor change to go on behind, -1 to begin with every group
   */
  GroupWatch(NodeInfo node, GroupManager groups, long cursor) {
    this.node = node;
    this.groups = groups;
    this.listAll = cursor < 0;
    this.cursor = Math.max(0, cursor);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  void begin() {
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/x-ndjson")
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    context.write(head);
    Map<String, Object> start = line("start", groups.feed().sequence());
    start.put("nodeId", node.self().nodeId());
    start.put("name", node.name());
    start.put("incarnation", node.self().incarnation().toString());
    start.put("bootNumber", node.bootNumber());
    start.put("address", node.address());
    start.put("highestGroupIdSeen", groups.highestGroupIdSeen());
    syncedAt = groups.feed().sequence();
    write(List.of(start));
    groups.feed().addListener(listener);
    keepalive =
        context
            .executor()
            .scheduleAtFixedRate(
                this::keepalive, KEEPALIVE_SECONDS, KEEPALIVE_SECONDS, TimeUnit.SECONDS);
    schedule();
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      context.executor().execute(this::drain);
    }
  }

  private void drain() {
    scheduled.set(false);
    while (context.channel().isWritable()) {
      lastWritableNanos = System.nanoTime();
      List<Change> changes = groups.feed().since(cursor, CHANGES_PER_WRITE);
      if (!changes.isEmpty()) {
        cursor = changes.get(changes.size() - 1).sequence();
        write(
            changes.stream()
                .filter(change -> !(change.isRemoval() && isListing(change)))
                .map(this::line)
                .toList());
      }
      if (syncedAt >= 0 && (changes.isEmpty() || cursor >= syncedAt)) {
        syncedAt = -1;
        write(List.of(line("synced", Math.max(cursor, 0))));
      }
      if (changes.size() < CHANGES_PER_WRITE) {
        return;
      }
    }
  }

  /** A removal from before the stream began means nothing to one who asked for everything. */
  private boolean isListing(Change change) {
    return listAll && syncedAt >= 0 && change.sequence() <= syncedAt;
  }

  private Map<String, Object> line(Change change) {
    Optional<RaftServer> server =
        change.isRemoval() ? Optional.empty() : groups.byId(change.groupId());
    Map<String, Object> line = line(server.isPresent() ? "group" : "removed", change.sequence());
    if (server.isPresent()) {
      line.put("group", Documents.Group.of(server.get().status(), false));
    } else {
      line.put("groupId", change.groupId());
      line.put("uid", change.removedUid());
    }
    return line;
  }

  private static Map<String, Object> line(String type, long sequence) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("type", type);
    line.put("sequence", sequence);
    return line;
  }

  private void keepalive() {
    if (context.channel().isWritable()) {
      lastWritableNanos = System.nanoTime();
      write(List.of(line("keepalive", cursor)));
    } else if (System.nanoTime() - lastWritableNanos > STUCK_NANOS) {
      context.close();
    }
  }

  private void write(List<Map<String, Object>> lines) {
    if (lines.isEmpty()) {
      return;
    }
    ByteBuf out = context.alloc().buffer();
    for (Map<String, Object> line : lines) {
      out.writeBytes(Documents.write(line)).writeByte('\n');
    }
    context.writeAndFlush(new DefaultHttpContent(out), context.voidPromise());
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext changed) {
    schedule();
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
    groups.feed().removeListener(listener);
    if (keepalive != null) {
      keepalive.cancel(false);
    }
  }
}
