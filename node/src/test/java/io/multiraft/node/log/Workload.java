package io.multiraft.node.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.ServerConfig;
import io.multiraft.node.raft.SnapshotMeta;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * A random script over a few groups, and after each of its batches what a recovered log must then
 * say. Steps the log itself, from completion to completion, so that a seed always gives the same
 * operations on the file layer.
 */
final class Workload {
  private static final int MAX_GROUPS = 4;
  private static final int MAX_BATCHES_PER_ROUND = 3;

  /** A log's content, comparable. */
  record State(
      Map<Integer, Group> groups,
      Set<Integer> removedGroups,
      Map<Integer, MetaRecord.MemberRemoved> removedMembers,
      Map<UUID, MetaRecord.PeerSeen> peers,
      int highestGroupIdSeen) {
    static final State EMPTY =
        new State(Map.of(), Set.of(), Map.of(), Map.of(), Recovered.NO_GROUP);

    static State of(Recovered recovered) {
      Map<Integer, Group> groups = new TreeMap<>();
      recovered
          .groups()
          .forEach(
              found -> {
                GroupLog log = found.log();
                groups.put(
                    log.groupId(),
                    new Group(
                        found.creation(),
                        found.ownerUid(),
                        found.hardState(),
                        found.snapshot(),
                        log.firstIndex(),
                        log.term(log.firstIndex() - 1),
                        entries(log)));
              });
      return new State(
          groups,
          recovered.removedGroups().stream().boxed().collect(Collectors.toSet()),
          new TreeMap<>(recovered.removedMembers()),
          recovered.peers(),
          recovered.highestGroupIdSeen());
    }
  }

  private static List<LogEntry> entries(GroupLog log) {
    List<LogEntry> entries = new ArrayList<>();
    while (log.firstIndex() + entries.size() <= log.lastIndex()) {
      entries.addAll(
          log.entries(
              log.firstIndex() + entries.size(),
              log.lastIndex(),
              Long.MAX_VALUE,
              Integer.MAX_VALUE));
    }
    return entries;
  }

  /** A group's content. */
  record Group(
      MetaRecord.GroupCreated creation,
      String owner,
      HardState hardState,
      Optional<SnapshotMeta> snapshot,
      long firstIndex,
      long previousTerm,
      List<LogEntry> entries) {
    static Group of(MetaRecord.GroupCreated created) {
      return new Group(
          created, created.uid(), HardState.INITIAL, Optional.empty(), 1, 0, List.of());
    }

    long lastIndex() {
      return firstIndex + entries.size() - 1;
    }

    long term(long index) {
      return index < firstIndex ? previousTerm : entries.get((int) (index - firstIndex)).term();
    }

    Group with(HardState next, List<LogEntry> nextEntries) {
      return new Group(
          creation, owner, next, snapshot, firstIndex, previousTerm, List.copyOf(nextEntries));
    }

    Group ownedBy(String next) {
      return new Group(creation, next, hardState, snapshot, firstIndex, previousTerm, entries);
    }

    Group compacted(long keepFrom, SnapshotMeta newest) {
      return new Group(
          creation,
          owner,
          hardState,
          Optional.of(newest),
          keepFrom,
          term(keepFrom - 1),
          List.copyOf(entries.subList((int) (keepFrom - firstIndex), entries.size())));
    }

    Group replacedBy(SnapshotMeta newest, HardState next) {
      return new Group(
          creation, owner, next, Optional.of(newest), newest.index() + 1, newest.term(), List.of());
    }
  }

  private final RandomGenerator random;
  private final NodeLog log;
  private final SteppedDrive drive;
  private final Map<Integer, GroupLog> logs = new TreeMap<>();
  private boolean done;
  private final AtomicReference<Throwable> broken = new AtomicReference<>();

  private final Map<Integer, Group> groups;
  private final Set<Integer> removedGroups;

  /** Whom the log has asked to let an old segment go. */
  private final Set<Integer> heldBack = new TreeSet<>();

  private int rewritten;
  private final Map<Integer, MetaRecord.MemberRemoved> removedMembers;
  private final Map<UUID, MetaRecord.PeerSeen> peers;
  private int highestGroupIdSeen;

  /** What the log may say: after batch i of this script, element i + 1. */
  final List<State> states = new ArrayList<>();

  /** How many batches were said to be durable. */
  private int acknowledged;

  Workload(NodeLog log, SteppedDrive drive, RandomGenerator random) {
    this.log = log;
    this.drive = drive;
    this.random = random;
    State start = State.of(log.recovered());
    groups = new TreeMap<>(start.groups());
    removedGroups = new TreeSet<>(start.removedGroups());
    removedMembers = new TreeMap<>(start.removedMembers());
    peers = new TreeMap<>(start.peers());
    highestGroupIdSeen = start.highestGroupIdSeen();
    log.recovered().groups().forEach(group -> logs.put(group.log().groupId(), group.log()));
    states.add(start);
    log.onHeldBack(held -> heldBack.add(held.groupId()));
  }

  /** How many tails were written again. */
  int rewritten() {
    return rewritten;
  }

  int acknowledged() {
    return acknowledged;
  }

  /** Runs the script until it ends or the log fails. */
  void run(int rounds) {
    log.submit(new Batch(Runnable::run).onDurable(() -> round(rounds)));
    while (!done && drive.step()) {
      continue;
    }
    assertThat(done).as("the script ends").isTrue();
    if (broken.get() != null) {
      throw new AssertionError("the script fails", broken.get());
    }
  }

  /** The log has failed: nothing more will complete. */
  void stopped() {
    done = true;
  }

  private void round(int roundsLeft) {
    try {
      if (roundsLeft == 0) {
        done = true;
        return;
      }
      int count = 1 + random.nextInt(MAX_BATCHES_PER_ROUND);
      for (int i = 1; i <= count; i++) {
        Batch batch = new Batch(Runnable::run);
        fill(batch);
        states.add(state());
        int number = states.size() - 1;
        boolean last = i == count;
        batch.onDurable(
            () -> {
              acknowledged = number;
              if (last) {
                round(roundsLeft - 1);
              }
            });
        log.submit(batch);
      }
    } catch (RuntimeException | Error e) {
      broken.set(e);
      done = true;
    }
  }

  private State state() {
    return new State(
        new TreeMap<>(groups),
        Set.copyOf(removedGroups),
        new TreeMap<>(removedMembers),
        Map.copyOf(peers),
        highestGroupIdSeen);
  }

  private void fill(Batch batch) {
    for (int groupId : heldBack) {
      if (groups.containsKey(groupId)) {
        logs.get(groupId).rewriteTail();
        batch.add(logs.get(groupId));
        rewritten++;
      }
    }
    heldBack.clear();
    int kind = random.nextInt(12);
    if (groups.size() < MAX_GROUPS && (kind < 3 || groups.isEmpty())) {
      create(batch);
    } else if (kind == 3) {
      remove(batch);
    } else if (kind == 4) {
      UUID incarnation = new UUID(0, random.nextInt(2));
      long boot = peers.containsKey(incarnation) ? peers.get(incarnation).bootNumber() + 1 : 1;
      MetaRecord.PeerSeen seen = new MetaRecord.PeerSeen(2, incarnation, boot);
      peers.put(incarnation, seen);
      batch.add(seen);
    } else {
      for (int groupId : List.copyOf(groups.keySet())) {
        if (random.nextBoolean()) {
          write(batch, groupId);
        }
      }
    }
  }

  private void create(Batch batch) {
    boolean again = !removedMembers.isEmpty() && random.nextBoolean();
    int groupId = again ? removedMembers.keySet().iterator().next() : highestGroupIdSeen + 1;
    int serverId = again ? removedMembers.remove(groupId).highestServerId() + 1 : 1;
    MetaRecord.GroupCreated created = NodeLogTest.created(groupId, serverId);
    highestGroupIdSeen = Math.max(highestGroupIdSeen, groupId);
    groups.put(groupId, Group.of(created));
    logs.put(groupId, log.create(created));
    batch.add(logs.get(groupId));
  }

  private void remove(Batch batch) {
    int groupId = groups.keySet().iterator().next();
    String uid = groups.remove(groupId).owner();
    int serverId = 1 + random.nextInt(3);
    logs.remove(groupId).close();
    if (random.nextBoolean()) {
      removedGroups.add(groupId);
      batch.add(new MetaRecord.GroupRemoved(groupId, uid));
    } else {
      removedMembers.put(groupId, new MetaRecord.MemberRemoved(groupId, uid, serverId));
      batch.add(removedMembers.get(groupId));
    }
  }

  private void write(Batch batch, int groupId) {
    int kind = random.nextInt(20);
    if (kind == 0) {
      replace(groupId);
    } else {
      if (kind < 17) {
        append(groupId);
      }
      if (kind > 7) {
        commit(groupId);
      }
      if (kind > 12) {
        compact(groupId);
      }
    }
    if (random.nextInt(10) == 0) {
      MetaRecord.OwnerChanged changed =
          new MetaRecord.OwnerChanged(groupId, "owner-" + random.nextInt(100));
      batch.add(changed);
      groups.compute(groupId, (id, group) -> group.ownedBy(changed.uid()));
    }
    batch.add(logs.get(groupId));
  }

  private void append(int groupId) {
    Group group = groups.get(groupId);
    HardState state = group.hardState();
    List<LogEntry> entries = new ArrayList<>(group.entries());
    int kept = (int) Math.max(0, state.commitIndex() + 1 - group.firstIndex());
    kept += random.nextInt(entries.size() - kept + 1);
    long term = state.term() + 1;
    List<LogEntry> added =
        random.nextInt(20) == 0
            ? NodeLogTest.entries(term, random.nextInt(100), 1, 9000)
            : NodeLogTest.entries(
                term, random.nextInt(100), 1 + random.nextInt(3), random.nextInt(700));
    logs.get(groupId).append(group.firstIndex() + kept, added);
    entries.subList(kept, entries.size()).clear();
    entries.addAll(added);
    stage(groupId, new HardState(term, random.nextInt(3), state.commitIndex()), entries);
  }

  private void commit(int groupId) {
    Group group = groups.get(groupId);
    HardState state = group.hardState();
    if (group.lastIndex() > state.commitIndex()) {
      long commit =
          state.commitIndex() + 1 + random.nextLong(group.lastIndex() - state.commitIndex());
      stage(groupId, new HardState(state.term(), state.votedFor(), commit), group.entries());
    }
  }

  private void compact(int groupId) {
    Group group = groups.get(groupId);
    long commit = group.hardState().commitIndex();
    long oldest = group.snapshot().map(SnapshotMeta::index).orElse(1L);
    if (commit < oldest || commit < group.firstIndex()) {
      return;
    }
    long index = Math.max(oldest, group.firstIndex());
    index += random.nextLong(commit - index + 1);
    SnapshotMeta newest = snapshot(index, group.term(index));
    long keepFrom = group.firstIndex() + random.nextLong(index + 2 - group.firstIndex());
    logs.get(groupId).compact(keepFrom, newest);
    groups.put(groupId, group.compacted(keepFrom, newest));
  }

  private void replace(int groupId) {
    Group group = groups.get(groupId);
    HardState state = group.hardState();
    long term = state.term() + 1;
    SnapshotMeta newest =
        snapshot(state.commitIndex() + 1 + random.nextInt(5), Math.max(1, state.term()));
    HardState next = new HardState(term, HardState.NO_VOTE, newest.index());
    logs.get(groupId).reset(newest);
    logs.get(groupId).stage(next);
    groups.put(groupId, group.replacedBy(newest, next));
  }

  private void stage(int groupId, HardState next, List<LogEntry> entries) {
    logs.get(groupId).stage(next);
    groups.compute(groupId, (id, group) -> group.with(next, entries));
  }

  static SnapshotMeta snapshot(long index, long term) {
    ServerConfig server = new ServerConfig(1, 0, "host:1", "aux", false, false, 1);
    return new SnapshotMeta(
        index, term, new ClusterConfig(index / 2, 0, false, new byte[0], List.of(server)));
  }
}
