package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.AppendRequest;
import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.NoAnswer;
import java.util.List;

/** How a follower makes its log equal to its leader's (Raft, figure 2; wire protocol, 8.1). */
final class FollowerLog {
  private final Member member;
  private final RaftLog log;

  FollowerLog(Member member) {
    this.member = member;
    this.log = member.log();
  }

  /** Whether a correct leader could have sent this. */
  static boolean isWellFormed(AppendRequest request) {
    if (request.prevLogIndex() < 0 || request.commitIndex() < 0) {
      return false;
    }
    long term = request.prevLogTerm();
    for (LogEntry entry : request.entries()) {
      if (entry.term() < term || entry.term() > request.term()) {
        return false;
      }
      term = entry.term();
    }
    return true;
  }

  /** Takes the entries of the leader of this term, and answers. */
  void take(int leaderServerId, AppendRequest request) {
    long prevIndex = request.prevLogIndex();
    if (!matches(prevIndex, request.prevLogTerm())) {
      member.send(
          leaderServerId,
          new AppendResponse(request.correlation(), member.term(), false, hint(prevIndex)));
      return;
    }
    List<LogEntry> entries = request.entries();
    int known = countKnown(prevIndex, entries);
    if (known < entries.size()) {
      long firstIndex = prevIndex + 1 + known;
      List<LogEntry> unknown = entries.subList(known, entries.size());
      List<ClusterConfig> configs;
      try {
        configs = Membership.configsIn(firstIndex, unknown);
      } catch (IllegalArgumentException e) {
        member.outbox().sendNow(leaderServerId, new NoAnswer(request.correlation()));
        return;
      }
      member.append(firstIndex, unknown, configs);
    }
    long coveredIndex = prevIndex + entries.size();
    long commitIndex = Math.min(request.commitIndex(), coveredIndex);
    if (commitIndex > member.commitIndex()) {
      member.commitTo(commitIndex);
    }
    member.acknowledge(leaderServerId, request.correlation(), coveredIndex);
  }

  private boolean matches(long index, long term) {
    // What a snapshot replaced was committed, so every leader has the same.
    if (index < log.firstIndex() - 1 || index == 0) {
      return true;
    }
    return index <= log.lastIndex() && log.term(index) == term;
  }

  /** How many of the entries are in the log already; the first other one is appended. */
  private int countKnown(long prevIndex, List<LogEntry> entries) {
    int known = 0;
    while (known < entries.size()) {
      long index = prevIndex + 1 + known;
      boolean compacted = index < log.firstIndex();
      boolean same = index <= log.lastIndex() && log.term(index) == entries.get(known).term();
      if (!compacted && !same) {
        break;
      }
      known++;
    }
    return known;
  }

  /**
   * Where the leader may try next: behind the end of a log that is too short, else at the first
   * entry of the term that does not match, for a leader goes back one term in one step this way.
   */
  private long hint(long prevIndex) {
    if (prevIndex > log.lastIndex()) {
      return log.lastIndex() + 1;
    }
    long first = prevIndex;
    long otherTerm = log.term(prevIndex);
    while (first - 1 > member.commitIndex() && log.term(first - 1) == otherTerm) {
      first--;
    }
    return first;
  }
}
