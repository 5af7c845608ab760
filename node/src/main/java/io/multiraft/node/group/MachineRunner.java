package io.multiraft.node.group;

import io.multiraft.node.CommittedEntry;
import io.multiraft.node.StateMachine;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.RaftLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a group's state machine off the event loop, one task at a time: a slice of committed
 * entries, a snapshot in order with them, a restore. A machine that throws is not continued: a new
 * one is restored from the newest saved state and applies the log behind it, until it has thrown
 * too often without getting further. Used on the group's event loop; only tasks run elsewhere.
 */
final class MachineRunner {
  private static final Logger LOG = LoggerFactory.getLogger(MachineRunner.class);
  private static final long MAX_SLICE_BYTES = 1 << 20;

  /** How often a machine may throw before it has got beyond the place where it did. */
  static final int MAX_THROWS_IN_A_ROW = 3;

  /** Where outcomes go, on the event loop. */
  interface Outcome {
    /** These entries were applied, the commands among them with these results. */
    void applied(AppliedPoint now, List<CommittedEntry> commands, List<byte[]> results);

    /** The machine holds what a saved state says; what it held before is gone. */
    void restored(AppliedPoint now);

    /** The machine has thrown too often; nothing more is applied. */
    void failed(String why, Throwable cause);
  }

  /** Takes the one snapshot that it asked for, on the event loop. */
  interface SnapshotTaker {
    /** The state behind {@code point}; the taker closes it, on any thread. */
    void taken(AppliedPoint point, StateMachine.Snapshot snapshot);

    /** There will be none: the machine threw or the member stopped. */
    void notTaken(String why);
  }

  /** An applied slice. */
  private record Applied(List<byte[]> results, long nanos) {}

  private final String name;
  private final Supplier<StateMachine> factory;
  private final AppliedPoint beginning;
  private final SavedState saved;
  private final RaftLog log;
  private final Pools pools;
  private final Consumer<Runnable> loop;
  private final Outcome outcome;
  private final SliceSize sliceSize = new SliceSize();

  private volatile StateMachine machine;

  /** When the machine began what it is doing, 0 while it has nothing to do. */
  private volatile long applyingSinceNanos;

  private AppliedPoint applied;
  private Optional<AppliedPoint> restoreFrom;
  private long commitIndex;
  private SnapshotTaker snapshotTaker;
  private boolean busy;

  /** No state can be had any more that the log could be applied to. */
  private boolean lost;

  private boolean stopped;
  private int throwsInARow;

  /** Where the machine gets to if the task under way succeeds. */
  private long attemptingIndex;

  /** The furthest that a machine was trying to get to when it threw. */
  private long brokeAtIndex;

  /**
   * @param name of the group, for people
   * @param factory makes empty machines
   * @param beginning what an empty machine has behind it
   * @param saved where a new machine's state comes from
   * @param loop runs something on the group's event loop
   */
  MachineRunner(
      String name,
      Supplier<StateMachine> factory,
      AppliedPoint beginning,
      SavedState saved,
      RaftLog log,
      Pools pools,
      Consumer<Runnable> loop,
      Outcome outcome) {
    this.name = name;
    this.factory = factory;
    this.beginning = beginning;
    this.saved = saved;
    this.log = log;
    this.pools = pools;
    this.loop = loop;
    this.outcome = outcome;
    this.machine = factory.get();
    this.applied = beginning;
    lookForSavedState();
  }

  private void lookForSavedState() {
    Optional<AppliedPoint> newest = saved.newest();
    lost = newest.isEmpty();
    restoreFrom = newest.filter(point -> point.index() > 0);
  }

  /** The machine that is in use. Any thread. */
  StateMachine machine() {
    return machine;
  }

  /** What the machine has behind it. */
  AppliedPoint applied() {
    return applied;
  }

  /** For how long the machine has been at work on one slice; 0 when it is not. Any thread. */
  long applyingNanos(long nowNanos) {
    long since = applyingSinceNanos;
    return since == 0 ? 0 : nowNanos - since;
  }

  /** Entries up to here may be applied. */
  void committed(long index) {
    commitIndex = Math.max(commitIndex, index);
    next();
  }

  /** The newest saved state takes the place of what the machine holds; it is ahead of it. */
  void restore() {
    lookForSavedState();
    next();
  }

  /** Takes a snapshot before anything else is applied; one at a time. */
  void snapshot(SnapshotTaker taker) {
    if (snapshotTaker != null) {
      throw new IllegalStateException("a snapshot of " + name + " is being taken already");
    }
    snapshotTaker = taker;
    if (stopped) {
      noSnapshot(name + " has stopped");
    } else {
      next();
    }
  }

  /** Does nothing more and closes the machine once it is idle. */
  void stop() {
    if (!stopped) {
      stopped = true;
      noSnapshot(name + " has stopped");
      if (!busy) {
        close();
      }
    }
  }

  private void next() {
    if (busy || stopped) {
      return;
    }
    if (lost) {
      stopped = true;
      noSnapshot(name + " has stopped");
      close();
      outcome.failed("no snapshot can be read, and the log does not begin at 1", null);
    } else if (restoreFrom.isPresent()) {
      restore(restoreFrom.get());
    } else if (snapshotTaker != null) {
      takeSnapshot(snapshotTaker);
    } else if (applied.index() < commitIndex) {
      applySlice();
    }
  }

  private void restore(AppliedPoint point) {
    StateMachine empty = machine;
    attemptingIndex = point.index() + 1;
    run(
        pools.longTasks(),
        () -> {
          saved.restore(point, empty);
          return point;
        },
        restored -> {
          if (restoreFrom.equals(Optional.of(restored))) {
            restoreFrom = Optional.empty(); // else a newer one has come meanwhile
          }
          applied = restored;
          outcome.restored(restored);
        });
  }

  private void takeSnapshot(SnapshotTaker taker) {
    StateMachine current = machine;
    AppliedPoint point = applied;
    attemptingIndex = point.index() + 1;
    run(
        pools.apply(),
        current::snapshot,
        snapshot -> {
          snapshotTaker = null;
          taker.taken(point, snapshot);
        });
  }

  private void applySlice() {
    long first = applied.index() + 1;
    List<LogEntry> slice = log.entries(first, commitIndex, MAX_SLICE_BYTES, sliceSize.entries());
    AppliedPoint behind = applied.after(slice);
    List<CommittedEntry> commands = commands(first, slice);
    if (commands.isEmpty()) {
      busy = true;
      loop.accept(() -> finished(null, null, nothing -> applied(behind, commands, List.of())));
      return;
    }
    StateMachine current = machine;
    attemptingIndex = behind.index();
    applyingSinceNanos = pools.nanoTime().getAsLong();
    run(
        pools.apply(),
        () -> apply(current, commands, pools.nanoTime()),
        done -> {
          sliceSize.took(commands.size(), done.nanos());
          applied(behind, commands, done.results());
        });
  }

  private void applied(AppliedPoint behind, List<CommittedEntry> commands, List<byte[]> results) {
    applied = behind;
    if (behind.index() >= brokeAtIndex) {
      throwsInARow = 0;
    }
    outcome.applied(behind, commands, results);
  }

  private static List<CommittedEntry> commands(long first, List<LogEntry> slice) {
    List<CommittedEntry> commands = new ArrayList<>(slice.size());
    for (int i = 0; i < slice.size(); i++) {
      LogEntry entry = slice.get(i);
      if (!entry.isIntact()) {
        // Not the machine's fault, and building it again would not help.
        throw new IllegalStateException(
            "entry %d is not what was proposed: its checksum is wrong".formatted(first + i));
      }
      if (entry.type() == EntryType.APP_LOG) {
        commands.add(new CommittedEntry(first + i, entry.term(), entry.payload()));
      }
    }
    return commands;
  }

  private static Applied apply(
      StateMachine machine, List<CommittedEntry> commands, LongSupplier nanoTime) {
    long began = nanoTime.getAsLong();
    List<byte[]> results = machine.apply(commands);
    if (results.size() != commands.size() || results.stream().anyMatch(Objects::isNull)) {
      throw new IllegalStateException(
          results.size() + " results for " + commands.size() + " commands, or one is null");
    }
    return new Applied(results, nanoTime.getAsLong() - began);
  }

  private <T> void run(Executor pool, Callable<T> task, Consumer<T> done) {
    busy = true;
    pool.execute(
        () -> {
          T result = null;
          Throwable thrown = null;
          try {
            result = task.call();
          } catch (VirtualMachineError e) {
            throw e; // ends the process: nothing in it can be trusted any more
          } catch (Throwable t) {
            thrown = t;
          }
          T known = result;
          Throwable cause = thrown;
          loop.accept(() -> finished(known, cause, done));
        });
  }

  private <T> void finished(T result, Throwable thrown, Consumer<T> done) {
    busy = false;
    applyingSinceNanos = 0;
    if (stopped) {
      if (result instanceof StateMachine.Snapshot snapshot) {
        snapshot.close();
      }
      close();
    } else if (thrown != null) {
      threw(thrown);
    } else {
      done.accept(result);
      next();
    }
  }

  private void threw(Throwable cause) {
    throwsInARow++;
    brokeAtIndex = Math.max(brokeAtIndex, attemptingIndex);
    noSnapshot("the state machine of " + name + " threw: " + cause);
    close();
    if (throwsInARow >= MAX_THROWS_IN_A_ROW) {
      stopped = true;
      outcome.failed(
          "the state machine threw %d times behind index %d: %s"
              .formatted(throwsInARow, applied.index(), cause),
          cause);
      return;
    }
    LOG.warn(
        "The state machine of {} threw behind index {}, it is built again",
        name,
        applied.index(),
        cause);
    machine = factory.get();
    applied = beginning;
    lookForSavedState();
    outcome.restored(beginning);
    next();
  }

  private void noSnapshot(String why) {
    SnapshotTaker taker = snapshotTaker;
    snapshotTaker = null;
    if (taker != null) {
      taker.notTaken(why);
    }
  }

  private void close() {
    pools.apply().execute(machine::close);
  }
}
