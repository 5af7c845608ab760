package io.multiraft.node.wire;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;

/**
 * The mark of a vote that a leader asked for, which is granted whatever the priorities say (wire
 * protocol, section 5.8).
 */
public final class ForceVote {
  private static final byte VERSION = 0;

  private ForceVote() {}

  /** The one entry of a forced {@link MessageType#REQUEST_VOTE_REQUEST}. */
  public static LogEntry toEntry() {
    return LogEntry.of(0, EntryType.CUSTOM, new byte[] {VERSION});
  }

  /** Whether a vote is forced: old peers look only for an entry, whatever is in it. */
  public static boolean isIn(RequestFrame vote) {
    return vote.type() == MessageType.REQUEST_VOTE_REQUEST && !vote.entries().isEmpty();
  }
}
