package io.multiraft.node.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** A disk that writes in order and, in a crash, keeps any prefix of what it was not done with. */
final class SimDisk {
  /** What is written to the log. */
  sealed interface Record {
    record Entries(long firstIndex, List<LogEntry> entries) implements Record {}

    record Hard(HardState hardState) implements Record {}

    /** Entries up to {@code base} are gone, a snapshot has them; those behind it only if kept. */
    record Base(SimLog.Base base, boolean keepBehind) implements Record {}
  }

  /** A state machine's state after {@code meta.index()}: the hash of all that it applied. */
  record Snapshot(SnapshotMeta meta, long hash) {}

  private record Write(long readySequence, List<Record> records) {}

  private final List<LogEntry> entries = new ArrayList<>();
  private final ArrayDeque<Write> queue = new ArrayDeque<>();
  private SimLog.Base base = SimLog.Base.EMPTY;
  private HardState hardState = HardState.INITIAL;
  private Snapshot snapshot;

  /** The entry before the first one kept. */
  SimLog.Base base() {
    return base;
  }

  /** The entries behind {@link #base}. */
  List<LogEntry> entries() {
    return entries;
  }

  long lastIndex() {
    return base.index() + entries.size();
  }

  HardState hardState() {
    return hardState;
  }

  /** The newest snapshot; each is durable at once, from writing aside, syncing and renaming. */
  Optional<Snapshot> snapshot() {
    return Optional.ofNullable(snapshot);
  }

  /** Whether it is newer than the one that there is. */
  boolean save(Snapshot next) {
    if (snapshot != null && next.meta.index() <= snapshot.meta.index()) {
      return false;
    }
    snapshot = next;
    return true;
  }

  boolean isIdle() {
    return queue.isEmpty();
  }

  int queued() {
    return queue.size();
  }

  void submit(long readySequence, List<Record> records) {
    queue.addLast(new Write(readySequence, List.copyOf(records)));
  }

  /** Finishes the oldest write and says of which Ready it was. */
  long finishOldest() {
    Write write = queue.removeFirst();
    write.records.forEach(this::apply);
    return write.readySequence;
  }

  /** Power is lost; whether anything unfinished was. */
  boolean crash(RandomGenerator random) {
    List<Record> unfinished = new ArrayList<>();
    queue.forEach(write -> write.records.forEach(record -> split(record, unfinished)));
    queue.clear();
    int kept = unfinished.isEmpty() || random.nextBoolean() ? 0 : random.nextInt(unfinished.size());
    unfinished.subList(0, kept).forEach(this::apply);
    return kept < unfinished.size();
  }

  private static void split(Record record, List<Record> into) {
    if (record instanceof Record.Entries batch) {
      for (int i = 0; i < batch.entries.size(); i++) {
        into.add(new Record.Entries(batch.firstIndex + i, batch.entries.subList(i, i + 1)));
      }
    } else {
      into.add(record);
    }
  }

  private void apply(Record record) {
    if (record instanceof Record.Entries batch) {
      entries.subList((int) (batch.firstIndex - base.index()) - 1, entries.size()).clear();
      entries.addAll(batch.entries);
    } else if (record instanceof Record.Base cut) {
      int gone = cut.keepBehind ? (int) (cut.base.index() - base.index()) : entries.size();
      entries.subList(0, gone).clear();
      base = cut.base;
    } else if (record instanceof Record.Hard hard) {
      HardState next = hard.hardState;
      boolean risen = next.term() > hardState.term();
      boolean sameTerm = next.term() == hardState.term();
      boolean voteKept =
          hardState.votedFor() == HardState.NO_VOTE || hardState.votedFor() == next.votedFor();
      SafetyChecker.require(
          (risen || (sameTerm && voteKept)) && next.commitIndex() >= hardState.commitIndex(),
          "hard state falls from %s to %s",
          hardState,
          next);
      hardState = next;
    }
  }

  /** The same disk for a member that starts again from it. */
  SimDisk copy() {
    SimDisk copy = new SimDisk();
    copy.entries.addAll(entries);
    copy.base = base;
    copy.hardState = hardState;
    copy.snapshot = snapshot;
    return copy;
  }
}
