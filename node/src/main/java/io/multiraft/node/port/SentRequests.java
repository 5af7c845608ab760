package io.multiraft.node.port;

import io.multiraft.node.port.PeerConnection.Outbound;
import io.multiraft.node.wire.Frame;
import io.multiraft.node.wire.FrameBatch;
import io.multiraft.node.wire.Hello;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Writes requests in the form that the peer understands, many without a body as one frame, and
 * keeps those that are not answered. Used on the connection's event loop.
 */
final class SentRequests {
  private record Pending(PeerResponse response, long sentNanos) {}

  private final Map<Long, Pending> byRequestId = new LinkedHashMap<>();
  private final Queue<Pending> inOrder = new ArrayDeque<>();
  private final List<Frame> gathered = new ArrayList<>();
  private long lastRequestId;

  /**
   * Writes a request, or gathers it for {@link #writeGathered}. Null as {@code hello}: an old peer.
   */
  void write(Channel channel, Hello hello, Outbound outbound, long nowNanos) {
    RequestFrame request = outbound.request();
    if (hello == null ? request.type().isOwn() : !hello.can(needs(request.type()))) {
      outbound.response().onFailure(true);
      return;
    }
    Pending pending = new Pending(outbound.response(), nowNanos);
    if (hello == null) {
      inOrder.add(pending);
      channel.write(request, channel.voidPromise());
      return;
    }
    long requestId = ++lastRequestId;
    byRequestId.put(requestId, pending);
    RequestFrame frame = request.extended(outbound.groupId(), requestId);
    if (!hello.can(Hello.CAPABILITY_BATCHES) || !FrameBatch.fits(frame)) {
      channel.write(frame, channel.voidPromise());
      return;
    }
    gathered.add(frame);
    if (gathered.size() == FrameBatch.MAX_FRAMES) {
      writeGathered(channel);
    }
  }

  /** What was gathered leaves as one frame. */
  void writeGathered(Channel channel) {
    if (!gathered.isEmpty()) {
      channel.write(together(MessageType.BATCH_REQUEST, gathered), channel.voidPromise());
      gathered.clear();
    }
  }

  /** One frame for all of these. */
  static Frame together(MessageType type, List<Frame> frames) {
    return frames.size() == 1 ? frames.get(0) : new FrameBatch(type, frames);
  }

  private static long needs(MessageType type) {
    return switch (type) {
      case READ_INDEX_REQUEST -> Hello.CAPABILITY_READ_INDEX;
      case NODE_HEARTBEAT_REQUEST, QUIESCE_REQUEST, WAKE_REQUEST, QUIET_CHECK_REQUEST ->
          Hello.CAPABILITY_QUIESCENCE;
      default -> 0;
    };
  }

  boolean isEmpty() {
    return byRequestId.isEmpty() && inOrder.isEmpty();
  }

  /** Whoever waits for this answer gets it. */
  void answered(ResponseFrame response) {
    Pending pending =
        response.hasRequestId() ? byRequestId.remove(response.requestId()) : inOrder.poll();
    if (pending != null) {
      pending.response().onResponse(response);
    }
  }

  /** Gives up what has waited since before {@code nanos}. */
  void expire(long nanos) {
    Iterator<Pending> oldest = byRequestId.values().iterator();
    while (oldest.hasNext()) {
      Pending pending = oldest.next();
      if (pending.sentNanos() - nanos > 0) {
        break;
      }
      oldest.remove();
      pending.response().onFailure(false);
    }
  }

  /** The connection has ended. */
  void fail() {
    List<Pending> lost = new ArrayList<>(byRequestId.values());
    lost.addAll(inOrder);
    byRequestId.clear();
    inOrder.clear();
    gathered.clear();
    lost.forEach(pending -> pending.response().onFailure(false));
  }
}
