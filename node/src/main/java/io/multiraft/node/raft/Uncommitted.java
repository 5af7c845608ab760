package io.multiraft.node.raft;

import java.util.ArrayDeque;

/** How many payload bytes a leader has proposed that are not committed yet. */
final class Uncommitted {
  private record Proposed(long lastIndex, long bytes) {}

  private final ArrayDeque<Proposed> proposals = new ArrayDeque<>();
  private long bytes;

  /** Whether this much more stays within the limit; one proposal always does. */
  boolean hasRoom(long moreBytes, long maxBytes) {
    return proposals.isEmpty() || bytes + moreBytes <= maxBytes;
  }

  void add(long lastIndex, long proposedBytes) {
    proposals.addLast(new Proposed(lastIndex, proposedBytes));
    bytes += proposedBytes;
  }

  void committed(long commitIndex) {
    while (!proposals.isEmpty() && proposals.getFirst().lastIndex <= commitIndex) {
      bytes -= proposals.removeFirst().bytes;
    }
  }
}
