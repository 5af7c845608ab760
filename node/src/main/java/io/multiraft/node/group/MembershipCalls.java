package io.multiraft.node.group;

import io.multiraft.node.MembershipException;
import io.multiraft.node.RaftException;
import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.raft.MembershipChange;
import io.multiraft.node.raft.MembershipResult;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.RaftLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Callers that wait until their change of the members is committed. The core takes one at a time,
 * so there are few. Used on the group's event loop.
 */
final class MembershipCalls {
  private record Waiting(
      CompletableFuture<Long> done, MembershipResult.Started started, long deadlineNanos) {}

  private final RaftCore core;
  private final RaftLog log;
  private final List<Waiting> waiting = new ArrayList<>();

  MembershipCalls(RaftCore core, RaftLog log) {
    this.core = core;
    this.log = log;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  void begin(
      long expectedConfigIndex,
      MembershipChange change,
      CompletableFuture<Long> done,
      long now,
      long deadlineNanos) {
    MembershipResult result = core.changeMembership(expectedConfigIndex, change, now);
    if (result instanceof MembershipResult.Started started) {
      waiting.add(new Waiting(done, started, deadlineNanos));
    } else if (result instanceof MembershipResult.NoChange same) {
      done.complete(same.configIndex());
    } else {
      done.completeExceptionally(new MembershipException(result));
    }
  }

  /** Looks whether changes are committed, were replaced, or time is up. */
  void check(long nowNanos) {
    if (!waiting.isEmpty()) {
      waiting.removeIf(call -> isOver(call, nowNanos));
    }
  }

  private boolean isOver(Waiting call, long nowNanos) {
    long index = call.started().index();
    if (core.commitIndex() >= index) {
      // A snapshot may have taken the entry's place: then only its configuration tells.
      boolean kept = log.term(index) == call.started().term() || core.config().logIndex() == index;
      if (kept) {
        call.done().complete(index);
      } else if (log.firstIndex() <= index) {
        fail(call, Reason.NOT_LEADER, "leadership was lost before the change was committed");
      } else {
        fail(call, Reason.UNKNOWN_OUTCOME, "a snapshot took the place of the change");
      }
      return true;
    }
    if (call.deadlineNanos() - nowNanos < 0) {
      fail(call, Reason.UNKNOWN_OUTCOME, "the change was not committed in time; it still may be");
      return true;
    }
    return false;
  }

  void stop(String why) {
    waiting.forEach(call -> fail(call, Reason.UNKNOWN_OUTCOME, why));
    waiting.clear();
  }

  private static void fail(Waiting call, Reason reason, String message) {
    call.done().completeExceptionally(new RaftException(reason, message));
  }
}
