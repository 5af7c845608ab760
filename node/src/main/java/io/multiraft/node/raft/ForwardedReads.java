package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.ReadIndexRequest;
import io.multiraft.node.raft.RaftMessage.ReadIndexResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Reads of a follower that wait for an index from the leader; one request asks for many. */
final class ForwardedReads {
  private record Asked(int serverId, List<Long> readIds, long deadlineNanos) {}

  private final Member member;
  private final Map<Long, Asked> asked = new LinkedHashMap<>();
  private List<Long> gathered = new ArrayList<>();
  private int waiting;

  ForwardedReads(Member member) {
    this.member = member;
  }

  /** A read arrives. */
  void add(long readId) {
    if (waiting >= member.config().maxPendingReads()) {
      member.outbox().answerRead(new ReadResult.Failed(readId));
    } else {
      waiting++;
      gathered.add(readId);
    }
  }

  /** Asks for all reads that arrived since the last time, if there is a leader who understands. */
  void flush() {
    if (gathered.isEmpty()) {
      return;
    }
    int leader = member.leaderServerId();
    List<Long> readIds = gathered;
    gathered = new ArrayList<>();
    if (leader == RaftCore.NO_LEADER
        || leader == member.selfServerId()
        || member.membership().isOldPeer(leader)) {
      fail(readIds);
      return;
    }
    long correlation = member.outbox().takeCorrelation();
    long deadlineNanos = member.nowNanos() + member.config().electionTimeoutNanos();
    asked.put(correlation, new Asked(leader, readIds, deadlineNanos));
    member.send(leader, new ReadIndexRequest(correlation, member.term()));
  }

  /** The answer of whoever was asked; it counts whoever leads now. */
  void answered(int fromServerId, ReadIndexResponse response) {
    Asked answered = asked.get(response.correlation());
    if (answered == null || answered.serverId != fromServerId) {
      return;
    }
    asked.remove(response.correlation());
    if (!response.accepted()) {
      fail(answered.readIds);
      return;
    }
    waiting -= answered.readIds.size();
    for (long readId : answered.readIds) {
      member.outbox().answerRead(new ReadResult.Confirmed(readId, response.readIndex()));
    }
  }

  /** Fails what was asked of this server and is not answered. */
  void connectionLost(int serverId) {
    failIf(a -> a.serverId == serverId);
  }

  /** Fails what waits for too long. */
  void expire() {
    failIf(a -> member.isDue(a.deadlineNanos));
  }

  boolean isEmpty() {
    return asked.isEmpty();
  }

  /** When the first of them has waited for too long; there must be one. */
  long firstDeadlineNanos() {
    return asked.values().iterator().next().deadlineNanos;
  }

  private void failIf(Predicate<Asked> condition) {
    for (Iterator<Asked> all = asked.values().iterator(); all.hasNext(); ) {
      Asked next = all.next();
      if (condition.test(next)) {
        all.remove();
        fail(next.readIds);
      }
    }
  }

  private void fail(List<Long> readIds) {
    waiting -= readIds.size();
    readIds.forEach(readId -> member.outbox().answerRead(new ReadResult.Failed(readId)));
  }
}
