package io.multiraft.node.group;

import io.multiraft.node.RaftException;
import io.multiraft.node.raft.LogEntry;
import java.util.concurrent.CompletableFuture;

/**
 * A command on its way.
 *
 * @param entry the command, not yet appended
 * @param deadlineNanos when its caller is told that the outcome is unknown
 * @param forwardable whether a follower may pass it on to the leader; not if it was passed on
 * @param result completes with what the state machine says
 */
record PendingProposal(
    LogEntry entry, long deadlineNanos, boolean forwardable, CompletableFuture<byte[]> result) {

  int bytes() {
    return entry.payload().length;
  }

  void fail(RaftException.Reason reason, String message) {
    result.completeExceptionally(new RaftException(reason, message));
  }
}
