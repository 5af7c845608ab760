package io.multiraft.node.raft;

/** The outcome of {@link RaftCore#changeMembership}; all but {@link Started} change nothing. */
public sealed interface MembershipResult {
  /**
   * The new configuration is in the leader's log. It takes effect if and only if an entry of {@code
   * term} is found at {@code index} when the commit index passes it; {@link RaftCore#config} has
   * this index then.
   *
   * @param index of its entry
   * @param term the leader's term, now also the entry's
   */
  record Started(long index, long term) implements MembershipResult {}

  /** The configuration in force, which has this index, says so already. */
  record NoChange(long configIndex) implements MembershipResult {}

  /** The change was meant for another configuration than the one in force, which has this index. */
  record StaleIndex(long configIndex) implements MembershipResult {}

  /** The configuration of this index waits to be committed. */
  record ChangeOpen(long configIndex) implements MembershipResult {}

  /** The leader does not know yet what is committed: no entry of its own term is. */
  record NotReady() implements MembershipResult {}

  /**
   * Too few of the voters that would be left were heard of lately.
   *
   * @param liveVoters how many were
   * @param neededVoters how many would be a majority
   */
  record WouldLoseQuorum(int liveVoters, int neededVoters) implements MembershipResult {}

  /**
   * The learner lacks more than {@link RaftConfig#maxPromotionLagEntries} or {@link
   * RaftConfig#maxPromotionLagBytes}, or was not heard of lately.
   *
   * @param entriesBehind how many entries it is known to lack
   */
  record NotCaughtUp(long entriesBehind) implements MembershipResult {}

  /** There is no such member. */
  record UnknownServer(int serverId) implements MembershipResult {}

  /** This server id is a member's or was one's; those above {@code highestServerId} are free. */
  record ServerIdUsed(int highestServerId) implements MembershipResult {}

  /**
   * This member does not lead, or is handing its leadership over.
   *
   * @param leaderServerId who leads as far as known, {@link RaftCore#NO_LEADER} if nobody
   */
  record NotLeader(int leaderServerId) implements MembershipResult {}
}
