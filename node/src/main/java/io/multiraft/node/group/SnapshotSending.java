package io.multiraft.node.group;

import io.multiraft.node.log.StoredSnapshot;
import io.multiraft.node.port.PeerResponse;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.ServerConfig;
import io.multiraft.node.raft.SnapshotMeta;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import io.multiraft.node.wire.SnapshotInfo;
import io.multiraft.node.wire.SnapshotSyncRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a leader's newest snapshot to followers that need it (wire protocol, section 12.4): one
 * piece at a time, so that memory is bounded and the receiver's disk sets the pace; a connection
 * that breaks is taken up again where it broke. Used on the group's event loop.
 */
final class SnapshotSending {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSending.class);

  static final int PIECE_BYTES = 128 << 10;
  private static final int MAX_TRIES_WITHOUT_PROGRESS = 5;
  private static final int FIRST_RETRY_MILLIS = 100;

  private final Group group;
  private final RaftCore core;
  private final GroupLoop loop;
  private final SavedSnapshots saved;
  private final SnapshotTaking taking;
  private final SnapshotContext context;
  private final Pools pools;
  private final Map<Integer, Transfer> underWay = new HashMap<>();
  private boolean stopped;

  SnapshotSending(
      Group group,
      RaftCore core,
      GroupLoop loop,
      SavedSnapshots saved,
      SnapshotTaking taking,
      SnapshotContext context,
      Pools pools) {
    this.group = group;
    this.core = core;
    this.loop = loop;
    this.saved = saved;
    this.taking = taking;
    this.context = context;
    this.pools = pools;
  }

  /** The core wants this follower to have the newest snapshot. */
  void wanted(int serverId) {
    Transfer before = underWay.get(serverId);
    if (before != null) {
      before.end(); // of an earlier leadership
    }
    Optional<ServerConfig> peer =
        core.config().server(serverId).filter(server -> NodeRef.fromAux(server.aux()).isPresent());
    Optional<StoredSnapshot> file = saved.newestFile();
    if (peer.isEmpty() || file.isEmpty() || !context.sending().tryAcquire()) {
      core.snapshotFailed(serverId, loop.nanoTime());
      return;
    }
    Transfer transfer = new Transfer(peer.get(), saved.newestMeta().orElseThrow());
    underWay.put(serverId, transfer);
    pools.longTasks().execute(() -> transfer.open(file.get()));
  }

  /** Ends what has lost its purpose. */
  void stop() {
    stopped = true;
    List.copyOf(underWay.values()).forEach(Transfer::end);
  }

  /** Runs on the loop while the transfer is under way. */
  private void onLoop(Transfer transfer, Runnable action) {
    loop.execute(
        group,
        () -> {
          boolean current = underWay.get(transfer.peer.serverId()) == transfer;
          if (!current || stopped) {
            return;
          }
          if (core.role() != Role.LEADER || core.term() != transfer.term) {
            transfer.end();
            return;
          }
          action.run();
        });
  }

  /** One snapshot on its way to one follower. */
  private final class Transfer implements PeerResponse {
    private final ServerConfig peer;
    private final SnapshotMeta meta;
    private final long term = core.term();
    private StoredSnapshot.Raw file;
    private long fileBytes;
    private long offset;
    private int triesLeft = MAX_TRIES_WITHOUT_PROGRESS;
    private boolean reading;
    private boolean ended;

    Transfer(ServerConfig peer, SnapshotMeta meta) {
      this.peer = peer;
      this.meta = meta;
      this.reading = true;
    }

    /** Not on the loop. */
    void open(StoredSnapshot stored) {
      StoredSnapshot.Raw opened = null;
      long size = 0;
      IOException failure = null;
      try {
        opened = stored.openRaw();
        size = opened.fileBytes();
      } catch (IOException e) {
        failure = e;
      }
      StoredSnapshot.Raw known = opened;
      long bytes = size;
      IOException why = failure;
      loop.execute(
          group,
          () -> {
            reading = false;
            file = known;
            fileBytes = bytes;
            if (ended) {
              closeFile();
            } else if (why != null) {
              failed("it cannot be opened: " + why);
            } else {
              LOG.info("{} sends snapshot {} to {}", group, meta.index(), peer.serverId());
              onLoop(this, this::ask);
            }
          });
    }

    /** Asks where to go on. */
    private void ask() {
      send(new byte[0], 0, false);
    }

    private void sendPiece() {
      int length = (int) Math.min(PIECE_BYTES, fileBytes - offset);
      if (length == 0) { // everything is there, but nobody has said that it was all
        send(new byte[0], offset, true);
        return;
      }
      long from = offset;
      reading = true;
      pools.longTasks().execute(() -> read(from, new byte[length]));
    }

    /** Not on the loop. */
    private void read(long from, byte[] piece) {
      IOException failure = null;
      try {
        int count = file.read(ByteBuffer.wrap(piece), from);
        if (count != piece.length) {
          throw new IOException("the file ends at " + (from + Math.max(0, count)));
        }
      } catch (IOException e) {
        failure = e;
      }
      IOException why = failure;
      loop.execute(
          group,
          () -> {
            reading = false;
            if (ended) {
              closeFile();
            } else if (why != null) {
              failed("it cannot be read: " + why);
            } else {
              onLoop(this, () -> send(piece, from, from + piece.length == fileBytes));
            }
          });
    }

    private void send(byte[] data, long from, boolean done) {
      SnapshotInfo info =
          new SnapshotInfo(
              SnapshotInfo.RAW_BINARY, meta.index(), meta.term(), fileBytes, meta.config());
      LogEntry entry = new SnapshotSyncRequest(info, from, done, data).toEntry(term);
      RequestFrame request =
          RequestFrame.legacy(
              MessageType.INSTALL_SNAPSHOT_REQUEST,
              group.serverId(),
              peer.serverId(),
              term,
              meta.term(),
              meta.index(),
              core.commitIndex(),
              List.of(entry));
      context
          .peers()
          .send(peer.endpoint(), NodeRef.fromAux(peer.aux()), group.groupId(), request, this);
    }

    @Override
    public void onResponse(ResponseFrame response) {
      onLoop(this, () -> answered(response));
    }

    private void answered(ResponseFrame response) {
      if (ResultCode.DAMAGED.equals(response.resultCode())) {
        LOG.warn("{}: snapshot {} arrived damaged, a new one is made", group, meta.index());
        taking.replace();
        failed("it arrived damaged");
      } else if (response.isRefusal()) {
        failed("the follower says " + response.resultCode());
      } else if (response.context().length > 0) {
        LOG.info("{}: server {} has snapshot {}", group, peer.serverId(), meta.index());
        end();
        core.snapshotSent(peer.serverId(), meta.index(), loop.nanoTime());
        loop.markDirty(group);
      } else if (!response.accepted() || response.nextIndex() > fileBytes) {
        failed("the follower rejects it");
      } else {
        progress(response.nextIndex());
      }
    }

    private void progress(long wanted) {
      if (wanted > offset) {
        triesLeft = MAX_TRIES_WITHOUT_PROGRESS;
      } else if (wanted < offset || wanted > 0) {
        triesLeft--; // it forgot, or asks for the same again
      }
      offset = wanted;
      if (triesLeft <= 0) {
        failed("the follower asks for byte " + wanted + " again and again");
      } else {
        sendPiece();
      }
    }

    @Override
    public void onFailure(boolean surelyNotSent) {
      onLoop(this, this::retry);
    }

    private void retry() {
      if (--triesLeft <= 0) {
        failed("the connection breaks again and again");
        return;
      }
      long delayMillis = (long) FIRST_RETRY_MILLIS << (MAX_TRIES_WITHOUT_PROGRESS - triesLeft);
      loop.eventLoop().schedule(() -> onLoop(this, this::ask), delayMillis, TimeUnit.MILLISECONDS);
    }

    private void failed(String why) {
      LOG.info(
          "{}: snapshot {} for server {} is tried again: {}",
          group,
          meta.index(),
          peer.serverId(),
          why);
      end();
      core.snapshotFailed(peer.serverId(), loop.nanoTime());
      loop.markDirty(group);
    }

    void end() {
      if (!ended) {
        ended = true;
        underWay.remove(peer.serverId(), this);
        context.sending().release();
        if (!reading) {
          closeFile();
        }
      }
    }

    private void closeFile() {
      StoredSnapshot.Raw open = file;
      file = null;
      if (open != null) {
        pools.longTasks().execute(() -> closeQuietly(open));
      }
    }
  }

  private static void closeQuietly(StoredSnapshot.Raw file) {
    try {
      file.close();
    } catch (IOException e) {
      LOG.debug("A snapshot that was read cannot be closed", e);
    }
  }
}
