package io.multiraft.node.group;

import io.multiraft.node.RaftException;
import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.raft.ReadResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * The reads of one group that wait: for the next question to the core, for its answer, or for the
 * state machine to come as far. All reads of a turn share one question. Used on the group's loop.
 */
final class ReadQueue {
  private record Read(CompletableFuture<Void> done, long deadlineNanos) {}

  private final Map<Long, List<Read>> asked = new HashMap<>();
  private final TreeMap<Long, List<Read>> confirmed = new TreeMap<>();
  private List<Read> gathered = new ArrayList<>();
  private List<Read> retry = new ArrayList<>();
  private long lastReadId;

  boolean isEmpty() {
    return gathered.isEmpty() && retry.isEmpty() && asked.isEmpty() && confirmed.isEmpty();
  }

  void gather(CompletableFuture<Void> done, long deadlineNanos) {
    gathered.add(new Read(done, deadlineNanos));
  }

  /** The id of the question that all gathered reads wait for; empty when there are none. */
  OptionalLong takeQuestion() {
    if (gathered.isEmpty()) {
      return OptionalLong.empty();
    }
    asked.put(++lastReadId, gathered);
    gathered = new ArrayList<>();
    return OptionalLong.of(lastReadId);
  }

  void answered(ReadResult result, long appliedIndex) {
    List<Read> reads = asked.remove(result.readId());
    if (reads == null) {
      return;
    }
    if (result instanceof ReadResult.Confirmed read) {
      if (read.readIndex() <= appliedIndex) {
        reads.forEach(waiting -> waiting.done().complete(null));
      } else {
        confirmed.computeIfAbsent(read.readIndex(), index -> new ArrayList<>()).addAll(reads);
      }
    } else {
      retry.addAll(reads); // nothing was read: asking again is safe
    }
  }

  void applied(long appliedIndex) {
    while (!confirmed.isEmpty() && confirmed.firstKey() <= appliedIndex) {
      confirmed.pollFirstEntry().getValue().forEach(read -> read.done().complete(null));
    }
  }

  /** Asks again for those that failed; whether there are any. */
  boolean askAgain() {
    if (retry.isEmpty()) {
      return false;
    }
    gathered.addAll(retry);
    retry = new ArrayList<>();
    return true;
  }

  /** Tells those whose time is over; whether anything still waits. */
  boolean expire(long nowNanos) {
    retry.removeIf(read -> isOver(read, nowNanos));
    asked.values().forEach(reads -> reads.removeIf(read -> isOver(read, nowNanos)));
    confirmed.values().forEach(reads -> reads.removeIf(read -> isOver(read, nowNanos)));
    confirmed.values().removeIf(List::isEmpty);
    return !isEmpty();
  }

  private static boolean isOver(Read read, long nowNanos) {
    if (read.deadlineNanos() - nowNanos >= 0) {
      return false;
    }
    read.done()
        .completeExceptionally(
            new RaftException(Reason.NO_LEADER, "no leader confirmed the read in time"));
    return true;
  }

  void stop(String why) {
    List<Read> all = new ArrayList<>(gathered);
    all.addAll(retry);
    asked.values().forEach(all::addAll);
    confirmed.values().forEach(all::addAll);
    gathered.clear();
    retry.clear();
    asked.clear();
    confirmed.clear();
    all.forEach(read -> read.done().completeExceptionally(new RaftException(Reason.STOPPED, why)));
  }
}
