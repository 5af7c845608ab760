package io.multiraft.node.log;

/**
 * The log is larger than it should be, and entries of this group are why its oldest segment cannot
 * go.
 *
 * @param groupId the group
 * @param tailBytes what it keeps in the log, in bytes
 * @param remedy what would help
 */
public record HeldBack(int groupId, long tailBytes, Remedy remedy) {
  /** What lets the segment go. */
  public enum Remedy {
    /** A snapshot, and {@link GroupLog#compact} once it is durable. */
    SNAPSHOT,
    /**
     * {@link GroupLog#rewriteTail} on the group's event loop, and a batch that takes it: the tail
     * is small, or a snapshot was asked for before and did not come.
     */
    REWRITE
  }
}
