package io.multiraft.node.raft;

/**
 * What a member must have on disk before it tells anyone (Raft, figure 2), and the commit index it
 * knows, which decides the configuration in force after a restart.
 *
 * @param term current term, 0 before the first
 * @param votedFor server id voted for in {@code term}, {@link #NO_VOTE} if none
 * @param commitIndex highest index known to be committed, 0 if none
 */
public record HardState(long term, int votedFor, long commitIndex) {
  /** No vote was given in the term. */
  public static final int NO_VOTE = -1;

  /** The state of a member that has never run. */
  public static final HardState INITIAL = new HardState(0, NO_VOTE, 0);
}
