package io.multiraft.node.group;

import io.multiraft.node.CommittedEntry;
import io.multiraft.node.log.GroupLog;
import io.multiraft.node.port.Responder;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.Ready;
import io.multiraft.node.wire.RequestFrame;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * All about one group's snapshots: which there are, taking them, sending them, receiving them. Used
 * on the group's event loop.
 */
final class GroupSnapshots {
  private final MachineRunner runner;
  private final SavedSnapshots saved;
  private final SnapshotTaking taking;
  private final SnapshotSending sending;
  private final SnapshotReceiving receiving;

  GroupSnapshots(
      Group group,
      RaftCore core,
      MachineRunner runner,
      SavedSnapshots saved,
      GroupLog log,
      GroupLoop loop,
      GroupContext context,
      SnapshotReceiving.AfterThisTurn afterThisTurn) {
    SnapshotContext snapshots = context.snapshots();
    this.runner = runner;
    this.saved = saved;
    this.taking =
        new SnapshotTaking(
            group.toString(),
            group.groupId(),
            () -> group.spec().uid(),
            log,
            runner,
            saved,
            snapshots,
            context.pools(),
            action -> loop.execute(group, action),
            () -> loop.markDirty(group));
    this.sending =
        new SnapshotSending(group, core, loop, saved, taking, snapshots, context.pools());
    this.receiving =
        new SnapshotReceiving(
            group,
            () -> group.spec().uid(),
            core,
            loop,
            saved,
            snapshots,
            context.pools(),
            afterThisTurn);
  }

  /** Index of the newest durable snapshot, 0 for none. */
  long index() {
    return saved.index();
  }

  /** What the core says of snapshots; before it hands out what is committed behind one. */
  void handle(Ready ready) {
    if (ready.installed() != null) {
      runner.restore();
    }
    ready.snapshotsWanted().forEach(sending::wanted);
  }

  /** The state machine has applied these. */
  void applied(List<CommittedEntry> commands) {
    long bytes = 0;
    for (CommittedEntry command : commands) {
      bytes += command.payload().length;
    }
    taking.applied(bytes);
  }

  /** Takes a snapshot now; completes with the index of the newest one. */
  void request(CompletableFuture<Long> done) {
    taking.request(done);
  }

  /** A piece of a snapshot arrives from a member that may send it. */
  void received(RequestFrame request, Responder responder) {
    receiving.take(request, responder);
  }

  /** Gives up what has lasted too long; whether something is waited for. */
  boolean expire(long nowNanos) {
    return receiving.expire(nowNanos);
  }

  void stop() {
    taking.stop();
    sending.stop();
    receiving.stop();
  }
}
