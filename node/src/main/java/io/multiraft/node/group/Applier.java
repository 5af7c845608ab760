package io.multiraft.node.group;

import io.multiraft.node.CommittedEntry;
import io.multiraft.node.StateMachine;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.RaftLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Applies a group's committed entries off the event loop, one slice at a time, so that a slow state
 * machine holds no more than a slice of memory. Used on the group's event loop; only the state
 * machine runs elsewhere.
 */
final class Applier {
  private static final long MAX_SLICE_BYTES = 1 << 20;
  private static final int MAX_SLICE_ENTRIES = 1_000;

  /** Where a slice's outcome goes, on the event loop. */
  interface Outcome {
    /** Entries up to {@code lastIndex} were applied, commands among them with these results. */
    void applied(long lastIndex, List<CommittedEntry> commands, List<byte[]> results);

    /** The state machine threw; nothing more is applied. */
    void failed(Throwable cause);
  }

  private final StateMachine stateMachine;
  private final RaftLog log;
  private final Executor pool;
  private final Consumer<Runnable> loop;
  private final Outcome outcome;
  private long handedOut;
  private long commitIndex;
  private boolean busy;
  private boolean stopped;

  Applier(
      StateMachine stateMachine,
      RaftLog log,
      Executor pool,
      Consumer<Runnable> loop,
      Outcome outcome) {
    this.stateMachine = stateMachine;
    this.log = log;
    this.pool = pool;
    this.loop = loop;
    this.outcome = outcome;
  }

  /** Entries up to here may be applied. */
  void committed(long index) {
    commitIndex = Math.max(commitIndex, index);
    next();
  }

  /** Applies nothing more and closes the state machine once it is idle. */
  void stop() {
    if (!stopped) {
      stopped = true;
      if (!busy) {
        close();
      }
    }
  }

  private void next() {
    if (busy || stopped || handedOut >= commitIndex) {
      return;
    }
    long first = handedOut + 1;
    List<LogEntry> slice = log.entries(first, commitIndex, MAX_SLICE_BYTES, MAX_SLICE_ENTRIES);
    handedOut += slice.size();
    long last = handedOut;
    List<CommittedEntry> commands = commands(first, slice);
    busy = true;
    if (commands.isEmpty()) {
      loop.accept(() -> done(last, commands, List.of(), null));
    } else {
      pool.execute(() -> apply(last, commands));
    }
  }

  private static List<CommittedEntry> commands(long first, List<LogEntry> slice) {
    List<CommittedEntry> commands = new ArrayList<>(slice.size());
    for (int i = 0; i < slice.size(); i++) {
      LogEntry entry = slice.get(i);
      if (entry.type() == EntryType.APP_LOG) {
        commands.add(new CommittedEntry(first + i, entry.term(), entry.payload()));
      }
    }
    return commands;
  }

  private void apply(long last, List<CommittedEntry> commands) {
    List<byte[]> results;
    Throwable thrown = null;
    try {
      results = stateMachine.apply(commands);
      if (results.size() != commands.size()) {
        throw new IllegalStateException(
            results.size() + " results for " + commands.size() + " commands");
      }
    } catch (VirtualMachineError e) {
      throw e; // ends the process: nothing in it can be trusted any more
    } catch (Throwable t) {
      results = List.of();
      thrown = t;
    }
    List<byte[]> known = results;
    Throwable cause = thrown;
    loop.accept(() -> done(last, commands, known, cause));
  }

  private void done(
      long last, List<CommittedEntry> commands, List<byte[]> results, Throwable thrown) {
    busy = false;
    if (stopped) {
      close();
    } else if (thrown != null) {
      stopped = true;
      close();
      outcome.failed(thrown);
    } else {
      outcome.applied(last, commands, results);
      next();
    }
  }

  private void close() {
    pool.execute(stateMachine::close);
  }
}
