package io.multiraft.node.raft;

/** The outcome of {@link RaftCore#propose}. */
public sealed interface Proposal {
  /**
   * The entries are in the leader's log, from {@code firstIndex} on. They are committed if and only
   * if entries of {@code term} are found at these indices when the commit index passes them.
   *
   * @param firstIndex index of the first entry
   * @param term the leader's term, now also the entries'
   */
  record Appended(long firstIndex, long term) implements Proposal {}

  /**
   * Surely not written: this member does not lead, or is handing its leadership over.
   *
   * @param leaderServerId who leads as far as known, {@link RaftCore#NO_LEADER} if nobody
   */
  record NotLeader(int leaderServerId) implements Proposal {}

  /** Surely not written: as much as {@link RaftConfig#maxUncommittedBytes()} waits already. */
  record Overloaded() implements Proposal {}
}
