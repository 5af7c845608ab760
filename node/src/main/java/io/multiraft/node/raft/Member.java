package io.multiraft.node.raft;

import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What one member knows, whatever its role: term, vote, log, commit index, configuration. Every
 * change passes through here, so here is checked what no role may break.
 */
final class Member {
  private final RaftConfig config;
  private final int selfServerId;
  private final RaftLog log;
  private final RandomGenerator random;
  private final Membership membership;
  private final Durability durability;
  private final Outbox outbox;

  private long nowNanos;
  private long term;
  private int votedFor;
  private long commitIndex;
  private long appliedIndex;
  private Role role = Role.FOLLOWER;
  private int leaderServerId = RaftCore.NO_LEADER;
  private boolean appended;
  private SnapshotMeta installed;

  Member(
      RaftConfig config,
      int selfServerId,
      ClusterConfig initialConfig,
      Optional<SnapshotMeta> snapshot,
      HardState hardState,
      RaftLog log,
      RandomGenerator random,
      long nowNanos) {
    this.config = config;
    this.selfServerId = selfServerId;
    this.log = log;
    this.random = random;
    this.nowNanos = nowNanos;
    long snapshotIndex = snapshot.map(SnapshotMeta::index).orElse(0L);
    Invariant.check(
        log.firstIndex() - 1 <= snapshotIndex,
        "the log begins at %d, but the newest snapshot ends at %d",
        log.firstIndex(),
        snapshotIndex);
    // A crash may come between a snapshot and the log that it replaces; and a leader may apply, and
    // snapshot, what only others have on disk.
    if (snapshot.isPresent() && !contains(snapshot.get())) {
      log.reset(snapshot.get());
      appended = true;
    }
    long lastTerm = log.term(log.lastIndex());
    term = Math.max(hardState.term(), lastTerm);
    // A crash may have kept entries of a term but not the term itself. Then nobody was told of it.
    votedFor = term == hardState.term() ? hardState.votedFor() : HardState.NO_VOTE;
    Invariant.check(
        hardState.commitIndex() <= log.lastIndex(),
        "the disk knows that %d is committed, but its log ends at %d: it lost entries",
        hardState.commitIndex(),
        log.lastIndex());
    commitIndex = Math.max(snapshotIndex, hardState.commitIndex());
    appliedIndex = snapshotIndex;
    membership =
        new Membership(
            snapshot.map(SnapshotMeta::config).orElse(initialConfig),
            snapshotIndex,
            log,
            commitIndex);
    // The hard state stands behind its entries, so a crash may keep a change without the commit
    // index that came with it; two changes at once must never be open.
    commitTo(Math.max(commitIndex, membership.impliedCommitIndex()));
    durability = new Durability(log.lastIndex(), hardState);
    outbox = new Outbox(random.nextLong() >>> 2);
  }

  RaftConfig config() {
    return config;
  }

  int selfServerId() {
    return selfServerId;
  }

  RaftLog log() {
    return log;
  }

  RandomGenerator random() {
    return random;
  }

  Membership membership() {
    return membership;
  }

  Durability durability() {
    return durability;
  }

  Outbox outbox() {
    return outbox;
  }

  long nowNanos() {
    return nowNanos;
  }

  /** Time moves on; a value from before is ignored. */
  void timeIs(long nanos) {
    if (nanos - nowNanos > 0) {
      nowNanos = nanos;
    }
  }

  /** Whether a point in time has come; right also when nanosecond clocks wrap. */
  boolean isDue(long deadlineNanos) {
    return nowNanos - deadlineNanos >= 0;
  }

  long term() {
    return term;
  }

  int votedFor() {
    return votedFor;
  }

  /** A higher term begins, without a vote and without a leader. */
  void enterTerm(long newTerm) {
    Invariant.check(newTerm > term, "term %d cannot follow term %d", newTerm, term);
    term = newTerm;
    votedFor = HardState.NO_VOTE;
    leaderServerId = RaftCore.NO_LEADER;
  }

  /** The one vote of this term. */
  void vote(int serverId) {
    Invariant.check(
        votedFor == HardState.NO_VOTE || votedFor == serverId,
        "the vote of this term cannot go to server %d, server %d has it",
        serverId,
        votedFor);
    votedFor = serverId;
  }

  Role role() {
    return role;
  }

  int leaderServerId() {
    return leaderServerId;
  }

  void become(Role newRole, int newLeaderServerId) {
    role = newRole;
    leaderServerId = newLeaderServerId;
  }

  long lastLogTerm() {
    return log.term(log.lastIndex());
  }

  /**
   * Appends entries, cutting what stands in their place.
   *
   * @param configs the configurations among them
   */
  void append(long firstIndex, List<LogEntry> entries, List<ClusterConfig> configs) {
    Invariant.check(
        firstIndex > commitIndex,
        "entry %d would be overwritten, but everything up to %d is committed",
        firstIndex,
        commitIndex);
    if (firstIndex <= log.lastIndex()) {
      durability.truncatedFrom(firstIndex);
      membership.truncatedFrom(firstIndex);
    }
    log.append(firstIndex, entries);
    membership.appended(configs);
    appended = true;
  }

  private boolean contains(SnapshotMeta snapshot) {
    return holds(snapshot.term(), snapshot.index());
  }

  /**
   * Takes what a durable snapshot says for committed. It replaces the log, unless its last entry is
   * in there: then what stands behind it is kept (Raft, section 7).
   */
  void install(SnapshotMeta snapshot) {
    Invariant.check(
        snapshot.index() > commitIndex,
        "a snapshot that ends at %d says nothing to a member that has committed %d",
        snapshot.index(),
        commitIndex);
    if (contains(snapshot)) {
      durability.coveredTo(snapshot.index());
      commitTo(snapshot.index());
    } else {
      log.reset(snapshot);
      durability.resetTo(snapshot.index());
      membership.resetTo(snapshot.config());
      commitIndex = snapshot.index();
      installed = snapshot;
      appended = true;
    }
  }

  /** The snapshot that replaced the log since the last call, null if none did. */
  SnapshotMeta takeInstalled() {
    SnapshotMeta was = installed;
    installed = null;
    return was;
  }

  long commitIndex() {
    return commitIndex;
  }

  /** Raises the commit index; whether another configuration is in force now. */
  boolean commitTo(long index) {
    Invariant.check(
        index >= commitIndex && index <= log.lastIndex(),
        "the commit index cannot become %d: the log ends at %d or the index would fall",
        index,
        log.lastIndex());
    commitIndex = index;
    return membership.committed(index);
  }

  /**
   * Another member says what it knows to be committed, and where its log ends. If this log has the
   * same entry there, all before it are the same too (Raft, figure 3). A member may learn only this
   * way that it is a voter, and it may be the only one that can win.
   */
  void learnCommit(int fromServerId, long lastLogTerm, long lastLogIndex, long commitIndexThere) {
    long index = Math.min(commitIndexThere, lastLogIndex);
    if (index > commitIndex
        && holds(lastLogTerm, lastLogIndex)
        && !membership.isOldPeer(fromServerId)) {
      commitTo(index);
    }
  }

  /** Up to where a log that ends there is known here to be committed, 0 if nothing is known. */
  long commitOfLog(long lastLogTerm, long lastLogIndex) {
    return holds(lastLogTerm, lastLogIndex) ? Math.min(commitIndex, lastLogIndex) : 0;
  }

  private boolean holds(long entryTerm, long index) {
    return index <= log.lastIndex() && log.term(index) == entryTerm;
  }

  long appliedIndex() {
    return appliedIndex;
  }

  void applied(long index) {
    Invariant.check(
        index <= commitIndex,
        "entry %d was applied, but only those up to %d are committed",
        index,
        commitIndex);
    appliedIndex = Math.max(appliedIndex, index);
    membership.applied(appliedIndex);
  }

  /** Whether anything was appended since the last call. */
  boolean takeAppended() {
    boolean was = appended;
    appended = false;
    return was;
  }

  boolean hasAppended() {
    return appended;
  }

  /** Sends at once, or, if the disk does not know the term and the vote yet, when it does. */
  void send(int toServerId, RaftMessage message) {
    if (durability.holds(term, votedFor)) {
      outbox.sendNow(toServerId, message);
    } else {
      outbox.sendWhenDurable(toServerId, message);
    }
  }

  /** Acknowledges that the log up to {@code index} is the leader's, once it is on disk. */
  void acknowledge(int toServerId, long correlation, long index) {
    RaftMessage response = new RaftMessage.AppendResponse(correlation, term, true, index + 1);
    if (index <= durability.durableIndex()) {
      send(toServerId, response);
    } else {
      outbox.sendWhenDurable(toServerId, response);
    }
  }
}
