package io.multiraft.node.raft;

/** What a member is in its current term (Raft, figure 4, with the pre-vote of section 9.6). */
public enum Role {
  /** Answers requests and waits for a leader; learners are never anything else. */
  FOLLOWER,
  /** Asks whether it could win before it disturbs anyone with a higher term. */
  PRE_CANDIDATE,
  /** Asks for votes in a new term. */
  CANDIDATE,
  /** Replicates its log to all others. */
  LEADER
}
