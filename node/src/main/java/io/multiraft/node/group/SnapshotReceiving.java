package io.multiraft.node.group;

import io.multiraft.node.log.PartialSnapshot;
import io.multiraft.node.log.SnapshotDamagedException;
import io.multiraft.node.log.StoredSnapshot;
import io.multiraft.node.port.Responder;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.SnapshotMeta;
import io.multiraft.node.raft.SnapshotVerdict;
import io.multiraft.node.wire.FrameException;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import io.multiraft.node.wire.SnapshotInfo;
import io.multiraft.node.wire.SnapshotSyncRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives a leader's snapshot into a file beside the group's own (wire protocol, section 12.4);
 * once it is whole, verified and durable, the core installs it. Used on the group's event loop.
 */
final class SnapshotReceiving {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotReceiving.class);
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final byte[] FINISHED = {0};

  /** Runs something once what the core has just been told is durable. */
  interface AfterThisTurn {
    void run(Runnable action);
  }

  private final Group group;
  private final Supplier<String> uid;
  private final RaftCore core;
  private final GroupLoop loop;
  private final SavedSnapshots saved;
  private final SnapshotContext context;
  private final Pools pools;
  private final AfterThisTurn afterThisTurn;
  private Transfer current;
  private boolean stopped;

  SnapshotReceiving(
      Group group,
      Supplier<String> uid,
      RaftCore core,
      GroupLoop loop,
      SavedSnapshots saved,
      SnapshotContext context,
      Pools pools,
      AfterThisTurn afterThisTurn) {
    this.group = group;
    this.uid = uid;
    this.core = core;
    this.loop = loop;
    this.saved = saved;
    this.context = context;
    this.pools = pools;
    this.afterThisTurn = afterThisTurn;
  }

  /** A piece of a snapshot, from a member that may send it. */
  void take(RequestFrame request, Responder responder) {
    Optional<SnapshotSyncRequest> piece = piece(request);
    if (piece.isEmpty()) {
      responder.drop();
      return;
    }
    SnapshotInfo info = piece.get().snapshot();
    SnapshotMeta meta = new SnapshotMeta(info.lastLogIndex(), info.lastLogTerm(), info.config());
    SnapshotVerdict verdict =
        core.snapshotOffered(request.sourceId(), request.term(), meta, loop.nanoTime());
    loop.markDirty(group);
    afterThisTurn.run(() -> decide(verdict, request, piece.get(), responder));
  }

  /** What the request carries; empty if that is not what section 12.4 allows. */
  private static Optional<SnapshotSyncRequest> piece(RequestFrame request) {
    if (request.entries().size() != 1) {
      return Optional.empty();
    }
    SnapshotSyncRequest piece;
    try {
      piece = SnapshotSyncRequest.fromBytes(request.entries().get(0).payload());
    } catch (FrameException e) {
      return Optional.empty();
    }
    SnapshotInfo info = piece.snapshot();
    long end = piece.offset() + piece.data().length;
    boolean sound =
        info.kind() == SnapshotInfo.RAW_BINARY
            && info.lastLogIndex() > 0
            && info.lastLogTerm() > 0
            && info.config().logIndex() <= info.lastLogIndex()
            && piece.offset() >= 0
            && end >= 0
            && end <= info.sizeBytes()
            && (!piece.done() || end == info.sizeBytes());
    return sound ? Optional.of(piece) : Optional.empty();
  }

  private void decide(
      SnapshotVerdict verdict,
      RequestFrame request,
      SnapshotSyncRequest piece,
      Responder responder) {
    switch (verdict) {
      case ACCEPT -> store(request, piece, responder);
      case ALREADY_HAVE ->
          responder.respond(answer(request, false, group.nextIndex()).withContext(FINISHED));
      case STALE_TERM -> responder.respond(answer(request, false, group.nextIndex()));
      case NO_ANSWER -> responder.drop();
    }
  }

  private ResponseFrame answer(RequestFrame request, boolean accepted, long next) {
    return ResponseFrame.to(request, group.serverId(), core.term(), next, accepted);
  }

  private void store(RequestFrame request, SnapshotSyncRequest piece, Responder responder) {
    if (current != null && !current.isOf(request, piece.snapshot())) {
      current.end();
    }
    if (current == null && !stopped && context.receiving().tryAcquire()) {
      current = new Transfer(request, piece.snapshot());
      LOG.info("{} receives snapshot {}", group, piece.snapshot().lastLogIndex());
      group.waits();
    }
    Transfer transfer = current;
    if (transfer == null || transfer.busy) {
      responder.respond(ResponseFrame.refusal(request, ResultCode.BUSY));
      return;
    }
    transfer.busy = true;
    transfer.lastHeardNanos = loop.nanoTime();
    pools.longTasks().execute(() -> transfer.write(request, piece, responder));
  }

  /** Gives up what nobody sends any more; whether something is being received. */
  boolean expire(long nowNanos) {
    if (current != null && !current.busy && nowNanos - current.lastHeardNanos > IDLE_NANOS) {
      LOG.info("{} gives up a snapshot that nobody sends any more", group);
      current.end();
    }
    return current != null;
  }

  void stop() {
    stopped = true;
    if (current != null) {
      current.end();
    }
  }

  /** A snapshot that arrives. */
  private final class Transfer {
    private final int sourceId;
    private final long term;
    private final SnapshotInfo info;
    private PartialSnapshot partial;
    private boolean busy;
    private boolean ended;
    private long lastHeardNanos;

    Transfer(RequestFrame request, SnapshotInfo info) {
      this.sourceId = request.sourceId();
      this.term = request.term();
      this.info = info;
    }

    boolean isOf(RequestFrame request, SnapshotInfo other) {
      return sourceId == request.sourceId() && term == request.term() && info.equals(other);
    }

    /** Not on the loop; one at a time. */
    void write(RequestFrame request, SnapshotSyncRequest piece, Responder responder) {
      try {
        if (partial == null) {
          partial =
              context
                  .store()
                  .receive(
                      group.groupId(),
                      uid.get(),
                      info.lastLogIndex(),
                      info.lastLogTerm(),
                      info.sizeBytes());
        }
        partial.append(piece.offset(), ByteBuffer.wrap(piece.data()));
        long received = partial.receivedBytes();
        if (piece.done() && received == info.sizeBytes()) {
          StoredSnapshot stored = partial.commit();
          SnapshotMeta meta = stored.meta();
          loop.execute(group, () -> finished(request, meta, responder));
        } else {
          loop.execute(group, () -> written(request, received, responder));
        }
      } catch (IOException | IllegalStateException e) {
        loop.execute(group, () -> failed(request, e, responder));
      }
    }

    private void written(RequestFrame request, long received, Responder responder) {
      busy = false;
      if (ended) {
        abort();
        responder.respond(ResponseFrame.refusal(request, ResultCode.BUSY));
      } else {
        responder.respond(answer(request, true, received));
      }
    }

    private void finished(RequestFrame request, SnapshotMeta meta, Responder responder) {
      busy = false;
      boolean given = !ended;
      end();
      if (stopped || !given) {
        responder.respond(ResponseFrame.refusal(request, ResultCode.BUSY));
        return;
      }
      if (core.installSnapshot(sourceId, term, meta, loop.nanoTime())) {
        LOG.info("{} has received snapshot {}", group, meta.index());
        saved.add(meta);
      }
      loop.markDirty(group);
      responder.respond(answer(request, true, info.sizeBytes()).withContext(FINISHED));
    }

    private void failed(RequestFrame request, Exception why, Responder responder) {
      busy = false;
      LOG.warn("{} cannot receive snapshot {}: {}", group, info.lastLogIndex(), why.toString());
      if (ended) {
        abort();
      }
      end();
      ResultCode code =
          why instanceof SnapshotDamagedException ? ResultCode.DAMAGED : ResultCode.BUSY;
      responder.respond(ResponseFrame.refusal(request, code));
    }

    void end() {
      if (!ended) {
        ended = true;
        if (current == this) {
          current = null;
        }
        context.receiving().release();
        if (!busy) {
          abort();
        }
      }
    }

    private void abort() {
      PartialSnapshot open = partial;
      partial = null;
      if (open != null) {
        pools.longTasks().execute(() -> abortQuietly(open));
      }
    }
  }

  private static void abortQuietly(PartialSnapshot partial) {
    try {
      partial.abort();
    } catch (IOException e) {
      LOG.warn("A partial snapshot cannot be dropped: {}", e.toString());
    }
  }
}
