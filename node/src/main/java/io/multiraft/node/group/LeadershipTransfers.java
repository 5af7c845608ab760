package io.multiraft.node.group;

import io.multiraft.node.RaftException;
import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.raft.RaftCore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Callers that wait for a leadership transfer to end. Used on the group's event loop. */
final class LeadershipTransfers {
  private record Waiting(CompletableFuture<Integer> done, int formerLeader, long deadlineNanos) {}

  private final List<Waiting> waiting = new ArrayList<>();

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  void begin(
      RaftCore core, int target, CompletableFuture<Integer> done, long now, long timeoutNanos) {
    int leader = core.leaderServerId();
    int underWay = core.transferTarget();
    if (underWay != RaftCore.NO_LEADER && (target == 0 || target == underWay)) {
      // Begun again with another target, two members would be told to take over.
      waiting.add(new Waiting(done, leader, now + timeoutNanos));
    } else if (underWay != RaftCore.NO_LEADER) {
      fail(done, Reason.NOT_LEADER, "leadership is being handed to server " + underWay);
    } else if (leader == RaftCore.NO_LEADER) {
      fail(done, Reason.NO_LEADER, "no leader is known that could hand over");
    } else if (target == leader) {
      done.complete(leader);
    } else if (!core.transferLeadership(target, now)) {
      fail(done, Reason.NOT_LEADER, "no member can take the leadership over now");
    } else {
      waiting.add(new Waiting(done, leader, now + timeoutNanos));
    }
  }

  /** Looks whether the leader has changed, or time is up. */
  void check(RaftCore core, long nowNanos) {
    waiting.removeIf(
        transfer -> {
          int leader = core.leaderServerId();
          if (leader != RaftCore.NO_LEADER && leader != transfer.formerLeader()) {
            transfer.done().complete(leader);
            return true;
          }
          if (transfer.deadlineNanos() - nowNanos < 0) {
            fail(transfer.done(), Reason.NO_LEADER, "the leader did not change in time");
            return true;
          }
          return false;
        });
  }

  void stop(String why) {
    waiting.forEach(transfer -> fail(transfer.done(), Reason.STOPPED, why));
    waiting.clear();
  }

  private static void fail(CompletableFuture<Integer> done, Reason reason, String message) {
    done.completeExceptionally(new RaftException(reason, message));
  }
}
