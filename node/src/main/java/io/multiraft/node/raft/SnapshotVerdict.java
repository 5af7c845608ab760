package io.multiraft.node.raft;

/** What a member says to a snapshot that a leader offers it (wire protocol, section 9.2). */
public enum SnapshotVerdict {
  /** The chunk is to be stored; {@link RaftCore#installSnapshot} is due when all of them are. */
  ACCEPT,
  /** Everything in it is committed here already; the leader goes on with entries. */
  ALREADY_HAVE,
  /** Another leads by now: what comes from this one is dropped. */
  STALE_TERM,
  /** Only a broken peer can offer it: the request stays unanswered. */
  NO_ANSWER
}
