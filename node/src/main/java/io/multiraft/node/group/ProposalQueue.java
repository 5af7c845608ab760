package io.multiraft.node.group;

import io.multiraft.node.RaftException.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The commands of one group that wait: to be proposed, for a leader, or for their entry to be
 * applied. Used on the group's event loop.
 */
final class ProposalQueue {
  private record InLog(long index, long term, PendingProposal proposal) {}

  private final List<PendingProposal> gathered = new ArrayList<>();
  private final Deque<PendingProposal> withoutLeader = new ArrayDeque<>();
  private final Deque<InLog> inLog = new ArrayDeque<>();

  boolean isEmpty() {
    return gathered.isEmpty() && withoutLeader.isEmpty() && inLog.isEmpty();
  }

  void gather(PendingProposal proposal) {
    gathered.add(proposal);
  }

  /** Hands out what has been gathered. */
  List<PendingProposal> takeGathered() {
    if (gathered.isEmpty()) {
      return List.of();
    }
    List<PendingProposal> taken = List.copyOf(gathered);
    gathered.clear();
    return taken;
  }

  void waitForLeader(PendingProposal proposal) {
    withoutLeader.add(proposal);
  }

  /** What waited for a leader is proposed again; none of it was ever written. */
  void leaderAppeared() {
    gathered.addAll(withoutLeader);
    withoutLeader.clear();
  }

  /** The proposals stand in the leader's log from {@code firstIndex} on. */
  void appended(List<PendingProposal> proposals, long firstIndex, long term) {
    // Entries of an earlier term of ours were cut off here, but may live on elsewhere.
    while (!inLog.isEmpty() && inLog.peekLast().index() >= firstIndex) {
      inLog
          .removeLast()
          .proposal()
          .fail(Reason.UNKNOWN_OUTCOME, "leadership was lost before the write was committed");
    }
    long index = firstIndex;
    for (PendingProposal proposal : proposals) {
      inLog.add(new InLog(index++, term, proposal));
    }
  }

  /** The command at this index was applied. */
  void applied(long index, long term, byte[] result) {
    appliedUpTo(index - 1);
    InLog head = inLog.peek();
    if (head != null && head.index() == index) {
      inLog.remove();
      settle(head, term == head.term() ? result : null);
    }
  }

  /** Everything up to this index was applied: what waits below was replaced by other entries. */
  void appliedUpTo(long index) {
    while (!inLog.isEmpty() && inLog.peek().index() <= index) {
      settle(inLog.remove(), null);
    }
  }

  /** Everything up to this index came as a snapshot, which does not tell one command's fate. */
  void replacedUpTo(long index) {
    while (!inLog.isEmpty() && inLog.peek().index() <= index) {
      inLog
          .remove()
          .proposal()
          .fail(Reason.UNKNOWN_OUTCOME, "leadership was lost, a snapshot took the write's place");
    }
  }

  private static void settle(InLog entry, byte[] result) {
    if (result != null) {
      entry.proposal().result().complete(result);
    } else {
      entry
          .proposal()
          .fail(Reason.NOT_LEADER, "leadership was lost, another entry was committed in its place");
    }
  }

  /** Tells those whose time is over; whether anything still waits. */
  boolean expire(long nowNanos) {
    while (!withoutLeader.isEmpty() && isOver(withoutLeader.peek(), nowNanos)) {
      withoutLeader.remove().fail(Reason.NO_LEADER, "no leader was known in time");
    }
    while (!inLog.isEmpty() && isOver(inLog.peek().proposal(), nowNanos)) {
      inLog
          .remove()
          .proposal()
          .fail(Reason.UNKNOWN_OUTCOME, "the write was not committed in time; it still may be");
    }
    return !isEmpty();
  }

  private static boolean isOver(PendingProposal proposal, long nowNanos) {
    return proposal.deadlineNanos() - nowNanos < 0;
  }

  /** The member ends here. */
  void stop(String why) {
    takeGathered().forEach(proposal -> proposal.fail(Reason.STOPPED, why));
    withoutLeader.forEach(proposal -> proposal.fail(Reason.STOPPED, why));
    withoutLeader.clear();
    inLog.forEach(entry -> entry.proposal().fail(Reason.UNKNOWN_OUTCOME, why));
    inLog.clear();
  }
}
