package io.multiraft.node;

import java.util.Objects;

/**
 * A client's command as every member applies it.
 *
 * @param index position in the group's log, 1 and up; entries of Raft itself leave gaps
 * @param term the term of the leader that accepted the command
 * @param payload the command; read only, shared with the log
 */
public record CommittedEntry(long index, long term, byte[] payload) {
  public CommittedEntry {
    if (index < 1) {
      throw new IllegalArgumentException("a log begins at index 1, not " + index);
    }
    Objects.requireNonNull(payload, "payload");
  }
}
