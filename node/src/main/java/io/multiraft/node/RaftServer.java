package io.multiraft.node;

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
   * The state machine that this member applies to. Another object once it had to be built again, so
   * it is asked for when it is needed and not kept: behind a {@link #readBarrier} for reads that
   * must be linearizable.
   */
  StateMachine stateMachine();

  /** The member's state as it was a moment ago; cheap. */
  GroupStatus status();
}
