package io.multiraft.node.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.RaftMessage.AppendRequest;
import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.NoAnswer;
import io.multiraft.node.raft.RaftMessage.NotificationResponse;
import io.multiraft.node.raft.RaftMessage.PreVoteRequest;
import io.multiraft.node.raft.RaftMessage.PreVoteResponse;
import io.multiraft.node.raft.RaftMessage.QuiesceRequest;
import io.multiraft.node.raft.RaftMessage.QuiesceResponse;
import io.multiraft.node.raft.RaftMessage.ReadIndexRequest;
import io.multiraft.node.raft.RaftMessage.ReadIndexResponse;
import io.multiraft.node.raft.RaftMessage.ResignRequest;
import io.multiraft.node.raft.RaftMessage.TakeoverRequest;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import io.multiraft.node.raft.RaftMessage.VoteResponse;
import io.multiraft.node.raft.RaftMessage.WakeRequest;
import io.multiraft.node.raft.RaftMessage.WakeResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A group that moves only when it is told to, and writes down what it does. Election timeouts are
 * exactly {@link #ELECTION}; entries are written as {@code index/term}.
 */
final class Scenario {
  static final Duration ELECTION = Duration.ofMillis(100);
  static final Duration HEARTBEAT = Duration.ofMillis(10);

  private record InFlight(int from, int to, RaftMessage message) {}

  private final RaftConfig config;
  private final ClusterConfig members;
  private final Map<Integer, RaftCore> cores = new TreeMap<>();
  private final Map<Integer, SimLog> logs = new TreeMap<>();
  private final Map<Integer, SimDisk> disks = new TreeMap<>();
  private final Map<Integer, Deque<Ready>> held = new TreeMap<>();
  private final Map<Integer, Long> committed = new TreeMap<>();
  private final Set<Integer> slowDisks = new HashSet<>();
  private final Set<Integer> isolated = new HashSet<>();
  private final Deque<InFlight> network = new ArrayDeque<>();
  private final List<String> lines = new ArrayList<>();
  private long nowNanos;

  Scenario(RaftConfig config, List<ServerConfig> servers) {
    this.config = config;
    this.members = ClusterConfig.initial(servers);
    for (ServerConfig server : servers) {
      disks.put(server.serverId(), new SimDisk());
      start(server.serverId());
    }
  }

  static Scenario of(int voters) {
    return new Scenario(
        RaftConfig.of(ELECTION, HEARTBEAT),
        IntStream.rangeClosed(1, voters).mapToObj(Scenario::voter).toList());
  }

  static ServerConfig voter(int id) {
    return server(id, 1, false);
  }

  static ServerConfig server(int id, int priority, boolean learner) {
    String aux = new NodeRef(id, new UUID(0, id)).toAux();
    return new ServerConfig(id, 0, "host:" + id, aux, learner, false, priority);
  }

  /** A member with an empty disk that no configuration names yet. */
  void join(int id) {
    disks.put(id, new SimDisk());
    start(id);
  }

  private void start(int id) {
    logs.put(id, new SimLog(disks.get(id), SimLog.Observer.none()));
    held.put(id, new ArrayDeque<>());
    committed.put(id, 0L);
    cores.put(
        id,
        new RaftCore(
            config,
            id,
            members.server(id).isPresent() ? members : ClusterConfig.initial(List.of()),
            disks.get(id).snapshot().map(SimDisk.Snapshot::meta),
            disks.get(id).hardState(),
            logs.get(id),
            () -> 0L,
            nowNanos));
    settle(id);
  }

  RaftCore core(int id) {
    return cores.get(id);
  }

  SimLog log(int id) {
    return logs.get(id);
  }

  // ---- what happens

  /** Forgets what was written down so far. */
  Scenario fresh() {
    lines.clear();
    return this;
  }

  void note(String what) {
    lines.add("# " + what);
  }

  /** Lets time pass without any timer going off. */
  void pass(Duration time) {
    nowNanos += time.toNanos();
  }

  /** The member's timer goes off, at the time for which it is set. */
  void timeout(int id) {
    nowNanos = Math.max(nowNanos, core(id).nextDeadlineNanos());
    with(id, core -> core.tick(nowNanos));
  }

  void tick(int id) {
    with(id, core -> core.tick(nowNanos));
  }

  /** The leader's next heartbeat and its answers. */
  void heartbeat(int leader) {
    timeout(leader);
    deliverAll();
  }

  /** Holds what has happened since the last time against what is expected. */
  void expect(String transcript) {
    String all = lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    lines.clear();
    assertThat(all).isEqualTo(transcript);
  }

  /** Whether this line was written down since the last time; forgets all. */
  boolean takes(String line) {
    boolean found = lines.contains(line);
    lines.clear();
    return found;
  }

  /** Delivers until nothing is on its way. */
  void deliverAll() {
    while (!network.isEmpty()) {
      deliver(network.removeFirst());
    }
  }

  /** Delivers what is on its way from one to another now. */
  void deliver(int from, int to) {
    List<InFlight> now = network.stream().filter(m -> m.from == from && m.to == to).toList();
    network.removeAll(now);
    now.forEach(this::deliver);
  }

  /** Delivers what is on its way between two, first from the first, then what that brings back. */
  void exchange(int first, int second) {
    deliver(first, second);
    deliver(second, first);
  }

  /** Loses what is on its way to a member now. */
  void loseTo(int to) {
    for (Iterator<InFlight> all = network.iterator(); all.hasNext(); ) {
      InFlight message = all.next();
      if (message.to == to) {
        lines.add("%d -> %d lost".formatted(message.from, to));
        all.remove();
      }
    }
  }

  /** Loses the messages that hand leadership over. */
  void loseTakeovers() {
    network.removeIf(message -> message.message instanceof TakeoverRequest);
  }

  private void deliver(InFlight message) {
    if (isolated.contains(message.to) || isolated.contains(message.from)) {
      lines.add("%d -> %d lost".formatted(message.from, message.to));
    } else {
      with(message.to, core -> core.step(message.from, message.message, nowNanos));
    }
  }

  /** What the runtime finds out about the node of another member. */
  void nodeAnswers(int id, int other, boolean answers) {
    lines.add("%d: the node of %d %s".formatted(id, other, answers ? "answers" : "is gone"));
    with(id, core -> core.nodeAnswers(other, answers, nowNanos));
  }

  void leaderGone(int id) {
    lines.add("%d: the leader is gone".formatted(id));
    with(id, core -> core.leaderGone(nowNanos));
  }

  void wake(int id) {
    with(id, core -> core.wake(nowNanos));
  }

  /** A message from outside, as if {@code from} had sent it. */
  void inject(int from, int to, RaftMessage message) {
    lines.add("%d -> %d %s".formatted(from, to, describe(message)));
    with(to, core -> core.step(from, message, nowNanos));
  }

  void isolate(int... ids) {
    IntStream.of(ids).forEach(isolated::add);
  }

  void rejoin(int... ids) {
    IntStream.of(ids).forEach(isolated::remove);
  }

  /** The member's disk finishes nothing until {@link #sync}. */
  void slowDisk(int id) {
    slowDisks.add(id);
  }

  /** The member's disk finishes the oldest Ready that waits. */
  void sync(int id) {
    lines.add("%d synced".formatted(id));
    finish(id, held.get(id).removeFirst());
  }

  /** The member loses what is not durable, and starts again. */
  void restart(int id) {
    lines.add("%d restarts".formatted(id));
    disks.put(id, disks.get(id).copy());
    slowDisks.remove(id);
    network.removeIf(message -> message.to == id);
    start(id);
  }

  Proposal propose(int id, int count) {
    List<LogEntry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(SimLog.command(i));
    }
    Proposal proposal = core(id).propose(entries, nowNanos);
    lines.add("%d proposed %d: %s".formatted(id, count, proposal));
    settle(id);
    return proposal;
  }

  void read(int id, long... readIds) {
    with(
        id,
        core -> {
          for (long readId : readIds) {
            core.readIndex(readId, nowNanos);
          }
        });
  }

  void transfer(int id, int target) {
    with(
        id,
        core ->
            lines.add(
                "%d transfers to %d: %s"
                    .formatted(id, target, core.transferLeadership(target, nowNanos))));
  }

  /** Asks for a change of the configuration that this member has in force. */
  MembershipResult change(int id, MembershipChange change) {
    return change(id, core(id).config().logIndex(), change);
  }

  MembershipResult change(int id, long expectedConfigIndex, MembershipChange change) {
    MembershipResult result = core(id).changeMembership(expectedConfigIndex, change, nowNanos);
    lines.add("%d asked for %s: %s".formatted(id, describe(change), result));
    settle(id);
    return result;
  }

  private static String describe(MembershipChange change) {
    return change.getClass().getSimpleName() + " " + change.serverId();
  }

  /** The member snapshots all that it has committed and keeps only the entries behind it. */
  SnapshotMeta compact(int id) {
    long index = core(id).commitIndex();
    core(id).applied(index);
    SimLog log = log(id);
    SnapshotMeta meta = new SnapshotMeta(index, log.term(index), core(id).configAt(index));
    disks.get(id).save(new SimDisk.Snapshot(meta, log.prefixHash(index)));
    log.compact(index);
    return meta;
  }

  /** The newest snapshot on a member's disk. */
  SnapshotMeta compactedAt(int id) {
    return disks.get(id).snapshot().orElseThrow().meta();
  }

  SnapshotVerdict offer(int from, int to, long term, SnapshotMeta meta) {
    SnapshotVerdict verdict = core(to).snapshotOffered(from, term, meta, nowNanos);
    lines.add("%d is offered snapshot %s by %d: %s".formatted(to, describe(meta), from, verdict));
    settle(to);
    return verdict;
  }

  /** The member has the snapshot on disk. */
  void install(int from, int to, long term, SnapshotMeta meta) {
    disks.get(to).save(new SimDisk.Snapshot(meta, 0));
    with(
        to,
        core ->
            lines.add(
                "%d installs snapshot %s: %s"
                    .formatted(
                        to, describe(meta), core.installSnapshot(from, term, meta, nowNanos))));
  }

  /** The snapshot that the leader has now is on the follower's disk, and the leader knows. */
  void sendSnapshot(int leader, int follower) {
    SnapshotMeta meta = compactedAt(leader);
    if (offer(leader, follower, core(leader).term(), meta) == SnapshotVerdict.ACCEPT) {
      install(leader, follower, core(leader).term(), meta);
    }
    with(leader, core -> core.snapshotSent(follower, meta.index(), nowNanos));
  }

  void snapshotFailed(int leader, int follower) {
    with(leader, core -> core.snapshotFailed(follower, nowNanos));
  }

  private static String describe(SnapshotMeta meta) {
    return "%d/%d".formatted(meta.index(), meta.term());
  }

  /** A member's transport reports that it lost what it sent to another. */
  void connectionLost(int id, int other) {
    lines.add("%d lost its connection to %d".formatted(id, other));
    with(id, core -> core.connectionLost(other, nowNanos));
  }

  /** Makes a member the leader, with everything delivered. */
  void elect(int id) {
    pass(ELECTION);
    with(id, core -> core.tick(nowNanos));
    deliverAll();
    SafetyChecker.require(core(id).role() == Role.LEADER, "%d does not lead: %s", id, lines);
  }

  private void with(int id, Consumer<RaftCore> input) {
    Role role = core(id).role();
    long term = core(id).term();
    boolean quiet = core(id).isQuiet();
    input.accept(core(id));
    if (core(id).isQuiet() != quiet) {
      lines.add("%d %s".formatted(id, quiet ? "wakes" : "rests"));
    }
    if (core(id).role() != role || core(id).term() != term) {
      lines.add("%d is %s of term %d".formatted(id, core(id).role(), core(id).term()));
    }
    settle(id);
  }

  // ---- what the runtime would do

  private void settle(int id) {
    RaftCore core = core(id);
    while (core.hasReady()) {
      Ready ready = core.takeReady();
      send(id, ready.messages());
      for (int follower : ready.snapshotsWanted()) {
        lines.add("%d wants a snapshot for %d".formatted(id, follower));
      }
      if (ready.installed() != null) {
        lines.add("%d restores snapshot %s".formatted(id, describe(ready.installed())));
      }
      for (ReadResult read : ready.reads()) {
        lines.add("%d: %s".formatted(id, read));
      }
      if (ready.commitIndex() > committed.get(id)) {
        committed.put(id, ready.commitIndex());
        lines.add("%d commits %d".formatted(id, ready.commitIndex()));
      }
      List<SimDisk.Record> records = logs.get(id).takeStaged();
      if (ready.hardState() != null) {
        records.add(new SimDisk.Record.Hard(ready.hardState()));
      }
      disks.get(id).submit(ready.sequence(), records);
      if (slowDisks.contains(id) && (ready.mustPersist() || !held.get(id).isEmpty())) {
        held.get(id).addLast(ready);
      } else {
        finish(id, ready);
      }
    }
  }

  private void finish(int id, Ready ready) {
    disks.get(id).finishOldest();
    send(id, ready.durableMessages());
    with(id, core -> core.persisted(ready.sequence(), nowNanos));
  }

  private void send(int from, List<Outgoing> messages) {
    for (Outgoing outgoing : messages) {
      lines.add("%d -> %d %s".formatted(from, outgoing.toServerId(), describe(outgoing.message())));
      if (!(outgoing.message() instanceof NoAnswer)) {
        network.addLast(new InFlight(from, outgoing.toServerId(), outgoing.message()));
      }
    }
  }

  private static String describe(RaftMessage message) {
    if (message instanceof PreVoteRequest m) {
      return "pre-vote? term %d, log %d/%d".formatted(m.term(), m.lastLogIndex(), m.lastLogTerm());
    } else if (message instanceof PreVoteResponse m) {
      return "pre-vote %s".formatted(m.accepted() ? "yes" : m.nextIndex() < 0 ? "removed" : "no");
    } else if (message instanceof VoteRequest m) {
      return "%s term %d, log %d/%d"
          .formatted(
              m.forced() ? "forced vote!" : "vote?", m.term(), m.lastLogIndex(), m.lastLogTerm());
    } else if (message instanceof VoteResponse m) {
      return "vote %s, term %d".formatted(m.accepted() ? "yes" : "no", m.term());
    } else if (message instanceof AppendRequest m) {
      return describe(m);
    } else if (message instanceof AppendResponse m) {
      return m.accepted()
          ? "have %d, term %d".formatted(m.nextIndex() - 1, m.term())
          : "no, try %d, term %d".formatted(m.nextIndex(), m.term());
    } else if (message instanceof TakeoverRequest m) {
      return "take over, term %d".formatted(m.term());
    } else if (message instanceof ResignRequest m) {
      return "resign, term %d".formatted(m.term());
    } else if (message instanceof NotificationResponse m) {
      return m.accepted() ? "agreed" : "not agreed";
    } else if (message instanceof QuiesceRequest m) {
      return "rest? behind %d/%d, term %d, commit %d"
          .formatted(m.lastLogIndex(), m.lastLogTerm(), m.term(), m.commitIndex());
    } else if (message instanceof QuiesceResponse m) {
      return m.accepted() ? "rest" : "no rest";
    } else if (message instanceof WakeRequest m) {
      return "wake, term %d".formatted(m.term());
    } else if (message instanceof WakeResponse) {
      return "woken";
    } else if (message instanceof ReadIndexRequest) {
      return "read index?";
    } else if (message instanceof ReadIndexResponse m) {
      return m.accepted() ? "read index %d".formatted(m.readIndex()) : "no read index";
    }
    return "no answer";
  }

  private static String describe(AppendRequest m) {
    String head = "term %d, commit %d".formatted(m.term(), m.commitIndex());
    String before = "%d/%d".formatted(m.prevLogIndex(), m.prevLogTerm());
    if (m.entries().isEmpty()) {
      return "heartbeat behind %s, %s".formatted(before, head);
    }
    StringBuilder entries = new StringBuilder();
    for (int i = 0; i < m.entries().size(); i++) {
      LogEntry entry = m.entries().get(i);
      entries.append(
          " %d/%d%s"
              .formatted(
                  m.prevLogIndex() + 1 + i,
                  entry.term(),
                  entry.type() == EntryType.CONF ? "c" : ""));
    }
    return "append%s behind %s, %s".formatted(entries, before, head);
  }
}
