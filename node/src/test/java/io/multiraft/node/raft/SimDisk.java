package io.multiraft.node.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** A disk that writes in order and, in a crash, keeps any prefix of what it was not done with. */
final class SimDisk {
  /** What is written. */
  sealed interface Record {
    record Entries(long firstIndex, List<LogEntry> entries) implements Record {}

    record Hard(HardState hardState) implements Record {}
  }

  private record Write(long readySequence, List<Record> records) {}

  private final List<LogEntry> entries = new ArrayList<>();
  private final ArrayDeque<Write> queue = new ArrayDeque<>();
  private HardState hardState = HardState.INITIAL;

  List<LogEntry> entries() {
    return entries;
  }

  HardState hardState() {
    return hardState;
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
      entries.subList((int) batch.firstIndex - 1, entries.size()).clear();
      entries.addAll(batch.entries);
    } else if (record instanceof Record.Hard hard) {
      HardState next = hard.hardState;
      boolean risen = next.term() > hardState.term();
      boolean sameTerm = next.term() == hardState.term();
      boolean voteKept =
          hardState.votedFor() == HardState.NO_VOTE || hardState.votedFor() == next.votedFor();
      SafetyChecker.require(
          (risen || (sameTerm && voteKept)) && next.commitIndex() >= hardState.commitIndex(),
          "hard state falls from %s to %s".formatted(hardState, next));
      hardState = next;
    }
  }
}
