package io.multiraft.node.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads that wait until a leader knows that it still led after they had arrived (Raft thesis,
 * section 6.4). A read is confirmed when a majority has answered a request that was sent after it;
 * all reads that arrived between two requests wait together. Rounds follow one another: while one
 * is open, reads gather for the next.
 */
final class ReadRounds {
  /** Who wants the index. */
  sealed interface Reader {
    /** A read of this member. */
    record Local(long readId) implements Reader {}

    /** Reads of a follower, which asked with this correlation. */
    record Remote(int serverId, long correlation) implements Reader {}
  }

  /** A reader's index. */
  record Confirmed(Reader reader, long readIndex) {}

  /** Readers that wait for answers to requests of {@code firstCorrelation} or higher. */
  private record Batch(long firstCorrelation, long readIndex, List<Reader> readers) {}

  private final ArrayDeque<Batch> batches = new ArrayDeque<>();
  private final int maxReaders;
  private int readers;
  private long openRound = Long.MIN_VALUE;

  ReadRounds(int maxReaders) {
    this.maxReaders = maxReaders;
  }

  /**
   * A read arrives.
   *
   * @param nextCorrelation of the first request that can confirm it
   * @param readIndex everything that is committed now, at least
   * @return whether there was room
   */
  boolean add(Reader reader, long nextCorrelation, long readIndex) {
    if (readers >= maxReaders) {
      return false;
    }
    readers++;
    Batch last = batches.peekLast();
    if (last != null && last.firstCorrelation == nextCorrelation && last.readIndex == readIndex) {
      last.readers.add(reader);
    } else {
      batches.addLast(new Batch(nextCorrelation, readIndex, new ArrayList<>(List.of(reader))));
    }
    return true;
  }

  boolean isEmpty() {
    return batches.isEmpty();
  }

  /** Whether reads wait for answers and no round is under way that a majority could still give. */
  boolean needsRound(long correlationAckedByQuorum) {
    return !batches.isEmpty()
        && batches.getLast().firstCorrelation > correlationAckedByQuorum
        && correlationAckedByQuorum >= openRound;
  }

  /** Every voter is being sent a request of this correlation or higher. */
  void roundStarts(long firstCorrelation) {
    openRound = firstCorrelation;
  }

  /** Removes the reads that are confirmed when a majority has answered this correlation. */
  List<Confirmed> confirmed(long correlationAckedByQuorum) {
    List<Confirmed> confirmed = new ArrayList<>();
    while (!batches.isEmpty() && batches.getFirst().firstCorrelation <= correlationAckedByQuorum) {
      Batch batch = batches.removeFirst();
      readers -= batch.readers.size();
      batch.readers.forEach(reader -> confirmed.add(new Confirmed(reader, batch.readIndex)));
    }
    return confirmed;
  }

  /** Removes all reads: leadership is lost. */
  List<Reader> takeAll() {
    List<Reader> all = new ArrayList<>(readers);
    batches.forEach(batch -> all.addAll(batch.readers));
    batches.clear();
    readers = 0;
    return all;
  }
}
