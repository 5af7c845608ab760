package io.multiraft.node.simulation;

import io.multiraft.node.RaftServer;
import io.multiraft.node.group.GroupPeek;
import io.multiraft.node.log.GroupLog;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.ServerConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What must hold in every group after every step, seen by somebody who sees all members at once:
 * election safety, log matching of what is committed, leader completeness, state machine safety,
 * and that nothing falls that may only rise.
 */
final class Invariants {
  private static final long ALL_BYTES = Long.MAX_VALUE;

  /** Who led a term. */
  private record Reign(int node, int life) {}

  private record MemberKey(int node, int group) {}

  /** One committed entry. */
  private record Committed(long term, long hash, long seenInTerm) {}

  private static final class Group {
    private final List<Committed> committed = new ArrayList<>();
    private final Map<Long, Reign> leaders = new HashMap<>();
    private final Map<Long, Long> applied = new HashMap<>();
    private final Map<Long, Long> indexOfValue = new HashMap<>();
  }

  /** What a member was the last time that it was looked at. */
  private static final class Seen {
    private final int life;
    private long term;
    private long commitIndex;
    private long firstIndex = 1;
    private long lastIndex;
    private Role role = Role.FOLLOWER;

    Seen(int life) {
      this.life = life;
    }
  }

  private final World world;
  private final Counts counts;
  private final Map<Integer, Group> groups = new HashMap<>();
  private final Map<MemberKey, Seen> seen = new HashMap<>();

  Invariants(World world, Counts counts) {
    this.world = world;
    this.counts = counts;
  }

  private Group group(int id) {
    return groups.computeIfAbsent(id, key -> new Group());
  }

  /** How many terms of a group had a leader. */
  int reigns(int groupId) {
    return group(groupId).leaders.size();
  }

  long committed(int groupId) {
    return group(groupId).committed.size();
  }

  /** A member's process has done something. */
  void look(int node, int life, RaftServer member) {
    int groupId = member.groupId();
    RaftCore core = GroupPeek.core(member);
    GroupLog log = GroupPeek.log(member);
    MemberKey key = new MemberKey(node, groupId);
    Seen before = seen.get(key);
    if (before == null || before.life != life) {
      before = new Seen(life);
      seen.put(key, before);
    }
    Violation.require(
        core.term() >= before.term && core.commitIndex() >= before.commitIndex,
        "group %s on node %s falls from term %s, commit index %s to %s, %s",
        groupId,
        node,
        before.term,
        before.commitIndex,
        core.term(),
        core.commitIndex());
    if (core.term() != before.term || core.role() != before.role) {
      world.mix(core.term() * 31 + core.role().ordinal());
      world.say(
          node,
          () ->
              "group %d: %s in term %d, leader %d, commit index %d, log to %d"
                  .formatted(
                      groupId,
                      core.role(),
                      core.term(),
                      core.leaderServerId(),
                      core.commitIndex(),
                      log.lastIndex()));
    }
    if (log.lastIndex() < before.lastIndex) {
      counts.add(Rule.LOG_TRUNCATED);
    }
    if (before.lastIndex > 0 && log.firstIndex() > before.firstIndex) {
      counts.add(
          log.firstIndex() > before.lastIndex + 1 ? Rule.SNAPSHOT_INSTALLED : Rule.LOG_COMPACTED);
    }
    if (core.commitIndex() > before.commitIndex) {
      committed(group(groupId), node, core, log, before.commitIndex);
    }
    if (core.role() == Role.LEADER && (before.role != Role.LEADER || before.term != core.term())) {
      leads(group(groupId), node, life, member, core, log);
    }
    before.term = core.term();
    before.commitIndex = core.commitIndex();
    before.firstIndex = log.firstIndex();
    before.lastIndex = log.lastIndex();
    before.role = core.role();
  }

  private void leads(
      Group group, int node, int life, RaftServer member, RaftCore core, GroupLog log) {
    Reign reign = new Reign(node, life);
    Reign other = group.leaders.putIfAbsent(core.term(), reign);
    Violation.require(
        other == null || other.equals(reign),
        "election safety: %s and %s lead term %s of group %s",
        other,
        reign,
        core.term(),
        member.groupId());
    if (group.leaders.size() > 1 && other == null) {
      counts.add(Rule.LEADER_CHANGED);
    }
    Violation.require(
        core.config().server(member.status().serverId()).map(ServerConfig::isVoter).orElse(true),
        "a learner leads group %s",
        member.groupId());
    int index = group.committed.size();
    while (index > 0 && group.committed.get(index - 1).seenInTerm() >= core.term()) {
      index--;
    }
    Violation.require(
        log.lastIndex() >= index
            && (index < log.firstIndex()
                || log.term(index) == group.committed.get(index - 1).term()),
        "leader completeness: node %s leads term %s of group %s without all of %s committed entries",
        node,
        core.term(),
        member.groupId(),
        index);
  }

  private void committed(Group group, int node, RaftCore core, GroupLog log, long checkedTo) {
    long from = Math.max(checkedTo + 1, log.firstIndex());
    long to = core.commitIndex();
    while (from <= to) {
      List<LogEntry> entries = log.entries(from, to, ALL_BYTES, Integer.MAX_VALUE);
      for (LogEntry entry : entries) {
        committed(group, node, core, from++, entry);
      }
    }
  }

  private static void committed(Group group, int node, RaftCore core, long index, LogEntry entry) {
    long hash = 31L * Arrays.hashCode(entry.payload()) + entry.type();
    if (index == group.committed.size() + 1) {
      group.committed.add(new Committed(entry.term(), hash, core.term()));
      return;
    }
    Violation.require(
        index <= group.committed.size(),
        "node %s commits %s, but only %s entries were seen to be committed",
        node,
        index,
        group.committed.size());
    Committed known = group.committed.get((int) index - 1);
    Violation.require(
        known.term() == entry.term() && known.hash() == hash,
        "log matching: node %s commits another entry at %s (term %s) than others did (term %s)",
        node,
        index,
        entry.term(),
        known.term());
  }

  /** A state machine applies a command. */
  void applied(int node, int groupId, long index, long term, Command command) {
    Group group = group(groupId);
    Long other = group.applied.putIfAbsent(index, command.value());
    Violation.require(
        other == null || other == command.value(),
        "state machine safety: node %s applies %s at %s of group %s, others %s",
        node,
        command.value(),
        index,
        groupId,
        other);
    Long elsewhere = group.indexOfValue.putIfAbsent(command.value(), index);
    Violation.require(
        elsewhere == null || elsewhere == index,
        "write %s of group %s is applied twice, at %s and %s",
        command.value(),
        groupId,
        elsewhere,
        index);
  }

  /** Whether any state machine has ever applied this write. */
  boolean wasApplied(int groupId, long value) {
    return group(groupId).indexOfValue.containsKey(value);
  }
}
