package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.NoAnswer;
import io.multiraft.node.raft.RaftMessage.PreVoteResponse;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import io.multiraft.node.raft.RaftMessage.VoteResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

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
  private final Map<Long, ClusterConfig> uncommittedConfigs = new HashMap<>();
  private final List<ClusterConfig> committedConfigs = new ArrayList<>();
  private long truncations;
  private int reignsOfLastResort;

  /** Checks a condition; a message is made only where it does not hold. */
  static void require(boolean condition, String violation, Object... args) {
    if (!condition) {
      throw new AssertionError(violation.formatted(args));
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

  /** How many terms had a leader of priority 0. */
  int reignsOfLastResort() {
    return reignsOfLastResort;
  }

  /** How many configurations were committed that differ from the one before. */
  long changes() {
    long changes = 0;
    for (int i = 1; i < committedConfigs.size(); i++) {
      boolean same =
          committedConfigs.get(i).servers().equals(committedConfigs.get(i - 1).servers());
      changes += same ? 0 : 1;
    }
    return changes;
  }

  /** The group begins with this configuration. */
  void founded(ClusterConfig config) {
    committedConfigs.add(config);
  }

  /** The last configuration that anyone has committed. */
  ClusterConfig committedConfig() {
    return committedConfigs.get(committedConfigs.size() - 1);
  }

  /** The last committed configuration, and all that were ever in a log behind it. */
  List<ClusterConfig> configsThatMayCount() {
    ClusterConfig last = committedConfig();
    List<ClusterConfig> configs = new ArrayList<>(List.of(last));
    uncommittedConfigs.values().stream()
        .filter(config -> config.logIndex() > last.logIndex())
        .forEach(configs::add);
    return configs;
  }

  /** Log matching: an index and a term determine all entries up to there, in all logs, for ever. */
  @Override
  public void appended(long index, LogEntry entry, long prefixHash) {
    Long known = prefixHashes.putIfAbsent(new Position(index, entry.term()), prefixHash);
    require(
        known == null || known == prefixHash,
        "log matching: two logs differ at or before index %d of term %d",
        index,
        entry.term());
    if (known == null && entry.type() == EntryType.CONF) {
      // Two leaders may have different ones at an index; keep both.
      uncommittedConfigs.put(index << 16 | entry.term(), config(index, entry));
    }
  }

  private static ClusterConfig config(long index, LogEntry entry) {
    ClusterConfig config = ConfigCodec.decodeConfig(ByteBuffer.wrap(entry.payload()));
    require(config.logIndex() == index, "the configuration at %d says %s", index, config);
    return config;
  }

  @Override
  public void truncated(long fromIndex) {
    truncations++;
  }

  /** After each step. */
  void check(SimMember member) {
    RaftCore core = member.core();
    require(core.term() >= member.highestTerm(), "the term of %d fell", member.id());
    member.sawTerm(core.term());
    checkCommitted(member);
    if (core.role() == Role.LEADER) {
      checkLeader(member);
    }
  }

  private void checkLeader(SimMember member) {
    RaftCore core = member.core();
    Reign reign = new Reign(member.id(), member.life());
    Reign other = leaders.putIfAbsent(core.term(), reign);
    require(
        other == null || other.equals(reign),
        "election safety: %s and %s lead term %d",
        other,
        reign,
        core.term());
    if (other == null) {
      ServerConfig self = core.config().server(member.id()).orElse(null);
      require(
          self != null && self.isVoter(),
          "server %d, no voter, wins term %d",
          member.id(),
          core.term());
      reignsOfLastResort += self.priority() == 0 ? 1 : 0;
    }
  }

  private void checkCommitted(SimMember member) {
    RaftCore core = member.core();
    require(core.commitIndex() >= member.checkedCommit(), "a commit index fell");
    long from = member.checkedCommit();
    if (from == core.commitIndex()) {
      return;
    }
    if (from < member.log().firstIndex() - 1) {
      from = member.log().firstIndex() - 1;
      checkHash(member, from);
    }
    for (long index = from + 1; index <= core.commitIndex(); index++) {
      if (index > committedHashes.size()) {
        committedHashes.add(member.log().prefixHash(index));
        commitTerms.add(core.term());
        if (member.log().entry(index).type() == EntryType.CONF) {
          committed(config(index, member.log().entry(index)));
        }
      }
      checkHash(member, index);
    }
    member.sawCommit(core.commitIndex());
    ClusterConfig inForce = configAt(core.commitIndex());
    require(
        core.config().equals(inForce) || core.config().servers().isEmpty(),
        "server %d has committed %d and %s in force, not %s",
        member.id(),
        core.commitIndex(),
        core.config(),
        inForce);
  }

  private void checkHash(SimMember member, long index) {
    require(
        committedHashes.get((int) index - 1) == member.log().prefixHash(index),
        "state machine safety: server %d commits another entry at %d",
        member.id(),
        index);
  }

  private void committed(ClusterConfig next) {
    ClusterConfig before = committedConfig();
    require(next.previousLogIndex() <= before.logIndex(), "%s follows %s", next, before);
    Set<Integer> changedVoters = new TreeSet<>(voters(before));
    for (int voter : voters(next)) {
      if (!changedVoters.remove(voter)) {
        changedVoters.add(voter);
      }
    }
    require(changedVoters.size() <= 1, "more than one voter changes: %s", changedVoters);
    for (ServerConfig server : next.servers()) {
      require(
          before.server(server.serverId()).isPresent()
              || server.serverId() > before.highestServerId(),
          "server id %d is used again",
          server.serverId());
    }
    committedConfigs.add(next);
  }

  private static List<Integer> voters(ClusterConfig config) {
    return config.servers().stream()
        .filter(ServerConfig::isVoter)
        .map(ServerConfig::serverId)
        .toList();
  }

  private ClusterConfig configAt(long index) {
    int last = committedConfigs.size() - 1;
    while (committedConfigs.get(last).logIndex() > index) {
      last--;
    }
    return committedConfigs.get(last);
  }

  /** A member writes down what it has applied. */
  void snapshotTaken(SimDisk.Snapshot snapshot) {
    restored(snapshot);
  }

  /** A snapshot is what all have committed up to its index. */
  void restored(SimDisk.Snapshot snapshot) {
    SnapshotMeta meta = snapshot.meta();
    require(
        committedHashes.get((int) meta.index() - 1) == snapshot.hash(),
        "state machine safety: %s is not what was committed",
        snapshot);
    require(
        meta.config().equals(configAt(meta.index())),
        "%s does not have %s",
        snapshot,
        configAt(meta.index()));
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
            && (index < member.log().firstIndex()
                || member.log().prefixHash(index) == committedHashes.get(index - 1)),
        "leader completeness: server %d leads term %d without all of the %d entries committed",
        member.id(),
        member.core().term(),
        index);
  }

  /** What leaves a member must be known to its disk. */
  void sent(SimMember member, Outgoing outgoing) {
    RaftMessage message = outgoing.message();
    require(
        !(message instanceof NoAnswer),
        "server %d takes server %d for broken",
        member.id(),
        outgoing.toServerId());
    require(
        message instanceof PreVoteResponse || message.term() <= member.disk().hardState().term(),
        "server %d tells a term that its disk does not know: %s, %s",
        member.id(),
        message,
        member.disk().hardState());
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
              || durableIndex(member) >= response.nextIndex() - 1,
          "server %d acknowledges %d, its disk has %d",
          member.id(),
          response.nextIndex() - 1,
          durableIndex(member));
    }
  }

  /** In a crash a snapshot takes the place of a log that ends before it. */
  private static long durableIndex(SimMember member) {
    long snapshotIndex = member.disk().snapshot().map(s -> s.meta().index()).orElse(0L);
    return Math.max(member.disk().lastIndex(), snapshotIndex);
  }

  private static void checkVoteDurable(SimMember member, long term, int candidate) {
    HardState durable = member.disk().hardState();
    require(
        durable.term() > term || durable.votedFor() == candidate,
        "server %d tells a vote that its disk does not know",
        member.id());
  }

  private void vote(int voter, long term, int candidate) {
    Integer before = votes.putIfAbsent(new Ballot(voter, term), candidate);
    require(
        before == null || before == candidate,
        "server %d votes for %s and %d in term %d",
        voter,
        before,
        candidate,
        term);
  }

  /** Linearizability of a read: it sees what was committed when it was called. */
  void readConfirmed(long readIndex, long committedWhenCalled) {
    require(
        readIndex >= committedWhenCalled,
        "stale read: index %d, but %d were committed when it was called",
        readIndex,
        committedWhenCalled);
  }
}
