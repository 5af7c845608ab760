package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.NoAnswer;
import io.multiraft.node.raft.RaftMessage.PreVoteResponse;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import io.multiraft.node.raft.RaftMessage.VoteResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Knows everything of a simulated group and holds it against the paper's properties (figure 3). */
final class SafetyChecker implements SimLog.Observer {
  private record Position(long index, long term) {}

  private record Ballot(int voterServerId, long term) {}

  private record Reign(int serverId, int life) {}

  private final Map<Long, Reign> leaders = new HashMap<>();
  private final Map<Position, Long> prefixHashes = new HashMap<>();
  private final Map<Ballot, Integer> votes = new HashMap<>();
  private final List<Long> committedHashes = new ArrayList<>();
  private final List<Long> commitTerms = new ArrayList<>();
  private long truncations;

  static void require(boolean condition, String violation) {
    if (!condition) {
      throw new AssertionError(violation);
    }
  }

  /** How many entries were ever committed by anyone. */
  long committed() {
    return committedHashes.size();
  }

  /** How many terms had a leader. */
  int reigns() {
    return leaders.size();
  }

  long truncations() {
    return truncations;
  }

  /** Log matching: an index and a term determine all entries up to there, in all logs, for ever. */
  @Override
  public void appended(long index, LogEntry entry, long prefixHash) {
    Long known = prefixHashes.putIfAbsent(new Position(index, entry.term()), prefixHash);
    require(
        known == null || known == prefixHash,
        "log matching: two logs differ at or before index %d of term %d"
            .formatted(index, entry.term()));
  }

  @Override
  public void truncated(long fromIndex) {
    truncations++;
  }

  /** After each step. */
  void check(SimMember member) {
    RaftCore core = member.core();
    require(core.term() >= member.highestTerm(), "the term of %d fell".formatted(member.id()));
    member.sawTerm(core.term());
    if (core.role() == Role.LEADER) {
      Reign reign = new Reign(member.id(), member.life());
      Reign other = leaders.putIfAbsent(core.term(), reign);
      require(
          other == null || other.equals(reign),
          "election safety: %s and %s lead term %d".formatted(other, reign, core.term()));
      require(!core.config().server(member.id()).orElseThrow().learner(), "a learner leads");
    }
    checkCommitted(member);
  }

  private void checkCommitted(SimMember member) {
    RaftCore core = member.core();
    for (long index = member.checkedCommit() + 1; index <= core.commitIndex(); index++) {
      long hash = member.log().prefixHash(index);
      if (index > committedHashes.size()) {
        committedHashes.add(hash);
        commitTerms.add(core.term());
      }
      require(
          committedHashes.get((int) index - 1) == hash,
          "state machine safety: server %d commits another entry at %d"
              .formatted(member.id(), index));
    }
    require(core.commitIndex() >= member.checkedCommit(), "a commit index fell");
    member.sawCommit(core.commitIndex());
  }

  /** A leader has everything that was committed in its own or an earlier term. */
  void checkLeaderCompleteness(SimMember member) {
    if (!member.isUp() || member.core().role() != Role.LEADER) {
      return;
    }
    int index = committedHashes.size();
    while (index > 0 && commitTerms.get(index - 1) > member.core().term()) {
      index--;
    }
    require(
        member.log().lastIndex() >= index
            && (index == 0 || member.log().prefixHash(index) == committedHashes.get(index - 1)),
        "leader completeness: server %d leads term %d without all of the %d entries committed"
            .formatted(member.id(), member.core().term(), index));
  }

  /** What leaves a member must be known to its disk. */
  void sent(SimMember member, Outgoing outgoing) {
    RaftMessage message = outgoing.message();
    require(
        !(message instanceof NoAnswer),
        "server %d takes server %d for broken".formatted(member.id(), outgoing.toServerId()));
    require(
        message instanceof PreVoteResponse || message.term() <= member.disk().hardState().term(),
        "server %d tells a term that its disk does not know: %s, %s"
            .formatted(member.id(), message, member.disk().hardState()));
    if (message instanceof VoteResponse response && response.accepted()) {
      vote(member.id(), response.term(), outgoing.toServerId());
      checkVoteDurable(member, response.term(), outgoing.toServerId());
    } else if (message instanceof VoteRequest request) {
      vote(member.id(), request.term(), member.id());
      checkVoteDurable(member, request.term(), member.id());
    } else if (message instanceof AppendResponse response && response.accepted()) {
      // In a later term the entries may have been replaced; the old leader cannot commit them then.
      require(
          member.core().term() > response.term()
              || member.disk().entries().size() >= response.nextIndex() - 1,
          "server %d acknowledges %d, its disk has %d"
              .formatted(member.id(), response.nextIndex() - 1, member.disk().entries().size()));
    }
  }

  private static void checkVoteDurable(SimMember member, long term, int candidate) {
    HardState durable = member.disk().hardState();
    require(
        durable.term() > term || durable.votedFor() == candidate,
        "server %d tells a vote that its disk does not know".formatted(member.id()));
  }

  private void vote(int voter, long term, int candidate) {
    Integer before = votes.putIfAbsent(new Ballot(voter, term), candidate);
    require(
        before == null || before == candidate,
        "server %d votes for %s and %d in term %d".formatted(voter, before, candidate, term));
  }

  /** Linearizability of a read: it sees what was committed when it was called. */
  void readConfirmed(long readIndex, long committedWhenCalled) {
    require(
        readIndex >= committedWhenCalled,
        "stale read: index %d, but %d were committed when it was called"
            .formatted(readIndex, committedWhenCalled));
  }
}
