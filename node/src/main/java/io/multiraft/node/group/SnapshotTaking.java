package io.multiraft.node.group;

import io.multiraft.node.RaftException;
import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.SnapshotConfig;
import io.multiraft.node.StateMachine;
import io.multiraft.node.log.GroupLog;
import io.multiraft.node.log.SnapshotWriter;
import io.multiraft.node.raft.SnapshotMeta;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a group's snapshots: decides when, waits for the node's permit, has the state machine keep
 * its state, writes that off the loop, and compacts the log once the file is durable. Used on the
 * group's event loop.
 */
final class SnapshotTaking implements MachineRunner.SnapshotTaker {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotTaking.class);

  /** Who waits for a snapshot that has at least what was applied when it was asked for. */
  private record Caller(CompletableFuture<Long> done, long atLeastIndex) {
    void fail(Reason reason, String why) {
      done.completeExceptionally(new RaftException(reason, why));
    }
  }

  private final String name;
  private final int groupId;
  private final Supplier<String> uid;
  private final GroupLog log;
  private final MachineRunner runner;
  private final SavedSnapshots saved;
  private final SnapshotContext context;
  private final Pools pools;
  private final Consumer<Runnable> loop;
  private final Runnable staged;
  private final List<Caller> callers = new ArrayList<>();
  private long bytesSince;
  private long notBeforeIndex;
  private boolean underWay;
  private boolean replacing;
  private boolean stopped;

  /**
   * @param uid of the group's owner now
   * @param staged called when something is staged in the log
   */
  SnapshotTaking(
      String name,
      int groupId,
      Supplier<String> uid,
      GroupLog log,
      MachineRunner runner,
      SavedSnapshots saved,
      SnapshotContext context,
      Pools pools,
      Consumer<Runnable> loop,
      Runnable staged) {
    this.name = name;
    this.groupId = groupId;
    this.uid = uid;
    this.log = log;
    this.runner = runner;
    this.saved = saved;
    this.context = context;
    this.pools = pools;
    this.loop = loop;
    this.staged = staged;
  }

  /** The state machine has applied commands of so many bytes. */
  void applied(long payloadBytes) {
    bytesSince += payloadBytes;
    beginIfFar();
  }

  private void beginIfFar() {
    SnapshotConfig config = context.config();
    long index = runner.applied().index();
    boolean far =
        index - saved.index() >= config.distanceEntries() || bytesSince >= config.distanceBytes();
    if (far && index > saved.index() && index >= notBeforeIndex) {
      begin();
    }
  }

  /** Takes one now; completes with the index of the newest one, which may be there already. */
  void request(CompletableFuture<Long> done) {
    if (stopped) {
      done.completeExceptionally(new RaftException(Reason.STOPPED, name + " has stopped"));
    } else {
      callers.add(new Caller(done, runner.applied().index()));
      begin();
    }
  }

  /** Takes one now although there may be one that says the same: that one is damaged. */
  void replace() {
    replacing = true;
    begin();
  }

  private boolean isNews(long index) {
    return index > saved.index() || (replacing && index == saved.index() && index > 0);
  }

  private void begin() {
    if (!underWay && !stopped) {
      underWay = true;
      context.taking().acquire(() -> loop.accept(this::granted));
    }
  }

  private void granted() {
    if (stopped) {
      context.taking().release();
    } else if (!isNews(runner.applied().index())) {
      end();
    } else {
      runner.snapshot(this);
    }
  }

  @Override
  public void taken(AppliedPoint point, StateMachine.Snapshot snapshot) {
    if (!isNews(point.index())) { // a leader's snapshot came in between
      snapshot.close();
      end();
      return;
    }
    SnapshotMeta meta = new SnapshotMeta(point.index(), point.term(), point.config());
    String owner = uid.get();
    long bytes = bytesSince;
    bytesSince = 0;
    pools
        .longTasks()
        .execute(
            () -> {
              Throwable failure = write(owner, meta, snapshot);
              loop.accept(() -> written(meta, bytes, failure));
            });
  }

  /** Why it could not be written, null if it is durable. */
  private Throwable write(String owner, SnapshotMeta meta, StateMachine.Snapshot snapshot) {
    try (snapshot;
        SnapshotWriter writer = context.store().write(groupId, owner, meta)) {
      OutputStream out = new BufferedOutputStream(writer);
      snapshot.writeTo(out);
      out.flush();
      writer.commit();
      return null;
    } catch (IOException | RuntimeException e) {
      return e;
    }
  }

  private void written(SnapshotMeta meta, long bytes, Throwable failure) {
    if (failure != null) {
      bytesSince += bytes;
      notTaken("the snapshot to %d could not be written: %s".formatted(meta.index(), failure));
      return;
    }
    if (!stopped && isNews(meta.index())) {
      replacing = false;
      long entries = meta.index() - saved.index();
      saved.add(meta);
      log.compact(keepFrom(meta, entries, bytes), meta);
      LOG.info(
          "{} has a snapshot to {}, its log begins at {}", name, meta.index(), log.firstIndex());
      staged.run();
    }
    end();
  }

  /** Entries behind which the log is cut; how large they were is known on average only. */
  private long keepFrom(SnapshotMeta meta, long entries, long bytes) {
    long tail = context.config().tailEntries();
    if (bytes > 0) {
      tail = Math.min(tail, (long) ((double) entries * context.config().tailBytes() / bytes));
    }
    return Math.max(log.firstIndex(), meta.index() + 1 - tail);
  }

  @Override
  public void notTaken(String why) {
    LOG.warn("{}: no snapshot, it is tried again: {}", name, why);
    notBeforeIndex = runner.applied().index() + Math.max(1, context.config().distanceEntries() / 4);
    failCallers(Reason.UNKNOWN_OUTCOME, why);
    end();
  }

  private void end() {
    underWay = false;
    context.taking().release();
    for (Caller caller : List.copyOf(callers)) {
      if (caller.atLeastIndex() <= saved.index()) {
        callers.remove(caller);
        caller.done().complete(saved.index());
      }
    }
    if (!callers.isEmpty()) {
      begin();
    } else {
      beginIfFar(); // it may have been applied while this one was written
    }
  }

  private void failCallers(Reason reason, String why) {
    List<Caller> failed = List.copyOf(callers);
    callers.clear();
    failed.forEach(caller -> caller.fail(reason, why));
  }

  void stop() {
    stopped = true;
    failCallers(Reason.STOPPED, name + " has stopped");
  }
}
