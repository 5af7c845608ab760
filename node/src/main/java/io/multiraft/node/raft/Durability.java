package io.multiraft.node.raft;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * What of a member's state has reached the disk, while several Readys may be on their way to it.
 * Entries that are cut while they travel do not count when their Ready arrives.
 */
final class Durability {
  /** A Ready on its way to the disk, and what will be durable when it has arrived. */
  private record Outstanding(long sequence, long lastIndex, long term, int votedFor) {
    Outstanding upTo(long index) {
      return new Outstanding(sequence, Math.min(lastIndex, index), term, votedFor);
    }
  }

  private final ArrayDeque<Outstanding> outstanding = new ArrayDeque<>();
  private long handedOutSequence;
  private long durableIndex;
  private long durableTerm;
  private int durableVotedFor;

  Durability(long lastIndex, HardState hardState) {
    durableIndex = lastIndex;
    durableTerm = hardState.term();
    durableVotedFor = hardState.votedFor();
  }

  /** Highest index up to which the log as it is now is on disk. */
  long durableIndex() {
    return durableIndex;
  }

  /** Whether the disk knows this term and this vote. */
  boolean holds(long term, int votedFor) {
    return durableTerm == term && durableVotedFor == votedFor;
  }

  /** A Ready was handed out; {@code lastIndex} and the rest are what it makes durable. */
  void handedOut(long sequence, boolean mustPersist, long lastIndex, long term, int votedFor) {
    Invariant.check(
        sequence == handedOutSequence + 1,
        "Ready %d follows Ready %d: Readys must be handed out in order",
        sequence,
        handedOutSequence);
    handedOutSequence = sequence;
    if (mustPersist) {
      outstanding.addLast(new Outstanding(sequence, lastIndex, term, votedFor));
    }
  }

  /** Everything at and behind {@code index} was cut from the log. */
  void truncatedFrom(long index) {
    durableIndex = Math.min(durableIndex, index - 1);
    for (int i = outstanding.size(); i > 0; i--) {
      outstanding.addLast(outstanding.removeFirst().upTo(index - 1));
    }
  }

  /** A durable snapshot took the place of all entries up to {@code index}; none are behind it. */
  void resetTo(long index) {
    truncatedFrom(index + 1);
    durableIndex = index;
  }

  /** A durable snapshot has what all entries up to {@code index} say, on disk or not. */
  void coveredTo(long index) {
    durableIndex = Math.max(durableIndex, index);
  }

  /** The Ready with this sequence and all before it are on disk. */
  void persisted(long sequence) {
    Invariant.check(
        sequence <= handedOutSequence,
        "Ready %d is reported durable, but the last one handed out is %d",
        sequence,
        handedOutSequence);
    for (Iterator<Outstanding> all = outstanding.iterator(); all.hasNext(); ) {
      Outstanding next = all.next();
      if (next.sequence > sequence) {
        return;
      }
      durableIndex = Math.max(durableIndex, next.lastIndex);
      durableTerm = next.term;
      durableVotedFor = next.votedFor;
      all.remove();
    }
  }
}
