package io.multiraft.node;

import io.multiraft.node.raft.MembershipChange;
import io.multiraft.node.raft.ServerConfig;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/**
 * One group's member on this node, as the code that embeds a node sees it.
 *
 * <p>Thread-safe; no method blocks. Futures fail with {@link RaftException} and complete on threads
 * of the node: continuations must be short.
 */
public interface RaftServer {
  /** The group's id; 0 is the default group. */
  int groupId();

  /**
   * Replicates a command and completes with the state machine's result once it is committed and
   * applied. Any member may be asked: a follower forwards to the leader.
   *
   * @param command not copied; must not be changed afterwards
   */
  CompletableFuture<byte[]> append(byte[] command);

  /**
   * Completes when the local state machine has applied everything that was committed when this was
   * called (ReadIndex): what is read from it afterwards is linearizable.
   */
  CompletableFuture<Void> readBarrier();

  /**
   * Hands leadership over and waits for the outcome.
   *
   * @param targetServerId the member to lead, or empty for the best follower
   * @return the server id that leads now
   */
  CompletableFuture<Integer> transferLeadership(OptionalInt targetServerId);

  /**
   * Changes the members by one step and completes with the index of the new configuration once it
   * is committed, and so in force; with the index of the one in force if that says so already. To
   * be asked of the leader.
   *
   * <p>Fails with {@link MembershipException} if the change is not possible now; with {@link
   * RaftException} of reason UNKNOWN_OUTCOME if it was begun and its end was not seen.
   *
   * @param expectedConfigurationIndex {@link GroupStatus#configurationIndex} of the configuration
   *     that is meant to be changed
   */
  CompletableFuture<Long> changeMembership(
      long expectedConfigurationIndex, MembershipChange change);

  /** Adds a learner; see {@link #changeMembership}. It is promoted once it has caught up. */
  default CompletableFuture<Long> addMember(long expectedConfigurationIndex, ServerConfig server) {
    return changeMembership(
        expectedConfigurationIndex, new MembershipChange.AddLearner(server.asLearner()));
  }

  /** Makes a learner a voter; see {@link #changeMembership}. */
  default CompletableFuture<Long> promoteMember(long expectedConfigurationIndex, int serverId) {
    return changeMembership(expectedConfigurationIndex, new MembershipChange.Promote(serverId));
  }

  /** Removes a member; see {@link #changeMembership}. */
  default CompletableFuture<Long> removeMember(long expectedConfigurationIndex, int serverId) {
    return changeMembership(expectedConfigurationIndex, new MembershipChange.Remove(serverId));
  }

  /**
   * Takes a snapshot now and completes with the index of the newest durable one, which has at least
   * what was applied here when this was called; 0 if nothing was.
   */
  CompletableFuture<Long> snapshot();

  /**
   * The state machine that this member applies to. Another object once it had to be built again, so
   * it is asked for when it is needed and not kept: behind a {@link #readBarrier} for reads that
   * must be linearizable.
   */
  StateMachine stateMachine();

  /** The member's state as it was a moment ago; cheap. */
  GroupStatus status();
}
