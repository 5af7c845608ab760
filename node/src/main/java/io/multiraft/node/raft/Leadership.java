package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.AppendRequest;
import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.ReadIndexResponse;
import io.multiraft.node.raft.RaftMessage.TakeoverRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a member has only while it leads; made when it wins a term, dropped when it steps down.
 * Inputs change what is known; {@link #flush} then sends what follows from it, once for everything
 * that has arrived.
 */
final class Leadership {
  /** What an entry costs besides its payload, so that empty ones cannot pile up either. */
  private static final int ENTRY_OVERHEAD_BYTES = 32;

  private final Member member;
  private final RaftConfig config;
  private final Map<Integer, Progress> peers = new TreeMap<>();
  private final Uncommitted uncommitted = new Uncommitted();
  private final ReadRounds reads;
  private final long termStartIndex;
  private Transfer transfer;
  private boolean heartbeatDue;
  private long heartbeatNanos;
  private long quorumNanos;

  /**
   * Begins the term with the latest configuration as its first entry: by committing it the leader
   * learns what is committed (Raft, section 8; wire protocol, section 7.3).
   */
  Leadership(Member member) {
    Invariant.check(
        member.durability().holds(member.term(), member.selfServerId()),
        "server %d leads term %d before its own vote is durable",
        member.selfServerId(),
        member.term());
    this.member = member;
    this.config = member.config();
    reads = new ReadRounds(config.maxPendingReads());
    termStartIndex = member.log().lastIndex() + 1;
    configChanged();
    ClusterConfig first = member.membership().latest().withLogIndex(termStartIndex);
    LogEntry entry = LogEntry.of(member.term(), EntryType.CONF, ConfigCodec.encode(first));
    member.append(termStartIndex, List.of(entry), List.of(first));
    heartbeatNanos = member.nowNanos() + config.heartbeatNanos();
    quorumNanos = member.nowNanos() + config.electionTimeoutNanos();
  }

  /** Follows the configuration in force. */
  void configChanged() {
    List<Integer> others = new ArrayList<>();
    for (ServerConfig server : member.membership().inForce().servers()) {
      if (server.serverId() != member.selfServerId()) {
        others.add(server.serverId());
      }
    }
    peers.keySet().retainAll(others);
    for (int other : others) {
      peers.computeIfAbsent(
          other, id -> new Progress(member.log().lastIndex() + 1, member.nowNanos()));
    }
    if (transfer != null && !mayLead(transfer.targetServerId())) {
      transfer = null;
    }
  }

  Proposal propose(List<LogEntry> entries) {
    if (transfer != null) {
      return new Proposal.NotLeader(RaftCore.NO_LEADER);
    }
    long bytes = 0;
    List<LogEntry> appended = new ArrayList<>(entries.size());
    for (LogEntry entry : entries) {
      bytes += ENTRY_OVERHEAD_BYTES + entry.payload().length;
      appended.add(
          new LogEntry(
              member.term(),
              entry.type(),
              entry.timestampMicros(),
              entry.hasCrc(),
              entry.payloadCrc(),
              entry.payload()));
    }
    if (!uncommitted.hasRoom(bytes, config.maxUncommittedBytes())) {
      return new Proposal.Overloaded();
    }
    long firstIndex = member.log().lastIndex() + 1;
    member.append(firstIndex, appended, List.of());
    uncommitted.add(member.log().lastIndex(), bytes);
    return new Proposal.Appended(firstIndex, member.term());
  }

  /** An answer in this term. */
  void answered(int fromServerId, AppendResponse response) {
    Progress peer = peers.get(fromServerId);
    if (peer == null) {
      return;
    }
    if (!response.accepted()) {
      peer.rejected(response.correlation(), response.nextIndex(), member.nowNanos());
    } else if (response.nextIndex() - 1 <= member.log().lastIndex()) {
      peer.accepted(response.correlation(), response.nextIndex() - 1, member.nowNanos());
    }
  }

  /** Raises the commit index as far as a majority goes; whether the configuration changed by it. */
  boolean advanceCommit() {
    long index =
        member
            .membership()
            .reachedByQuorum(
                voter ->
                    voter == member.selfServerId()
                        ? member.durability().durableIndex()
                        : peers.get(voter).matchIndex());
    // Only entries of the own term are committed by counting (Raft, section 5.4.2).
    if (index <= member.commitIndex() || member.log().term(index) != member.term()) {
      return false;
    }
    uncommitted.committed(index);
    return member.commitTo(index);
  }

  /** A read of this member or of another; whether there was room. */
  boolean read(ReadRounds.Reader reader) {
    long readIndex = Math.max(member.commitIndex(), termStartIndex);
    return reads.add(reader, member.outbox().nextCorrelation(), readIndex);
  }

  /**
   * Begins to hand over.
   *
   * @param targetServerId 0 for the best follower
   * @return whether a transfer is under way to it
   */
  boolean transferTo(int targetServerId) {
    int target = targetServerId == 0 ? bestFollower() : targetServerId;
    if (transfer != null && (transfer.isTold() || transfer.targetServerId() == target)) {
      return transfer.targetServerId() == target;
    }
    if (target == member.selfServerId() || !mayLead(target)) {
      return false;
    }
    transfer = new Transfer(target, member.nowNanos() + config.electionTimeoutNanos());
    return true;
  }

  /** Whom leadership is being handed to, {@link RaftCore#NO_LEADER} if it is not. */
  int transferTarget() {
    return transfer == null ? RaftCore.NO_LEADER : transfer.targetServerId();
  }

  /** The target does not take over. */
  void takeoverRefused(long correlation) {
    if (transfer != null && transfer.isToldBy(correlation)) {
      transfer = null;
    }
  }

  private boolean mayLead(int serverId) {
    return member.membership().isVoter(serverId) && member.membership().priority(serverId) > 0;
  }

  /** Of the followers that were heard of lately the one with the longest log; 0 if none. */
  private int bestFollower() {
    int best = 0;
    for (Map.Entry<Integer, Progress> peer : peers.entrySet()) {
      int serverId = peer.getKey();
      boolean alive = !member.isDue(peer.getValue().heardNanos() + config.electionTimeoutNanos());
      if (alive && mayLead(serverId) && (best == 0 || isBetter(serverId, best))) {
        best = serverId;
      }
    }
    return best;
  }

  private boolean isBetter(int serverId, int thanServerId) {
    long match = peers.get(serverId).matchIndex();
    long otherMatch = peers.get(thanServerId).matchIndex();
    Membership membership = member.membership();
    return match > otherMatch
        || (match == otherMatch
            && membership.priority(serverId) > membership.priority(thanServerId));
  }

  /** Does what is due; whether this member can go on leading: a majority was heard of lately. */
  boolean tick() {
    if (member.isDue(heartbeatNanos)) {
      heartbeatDue = true;
      heartbeatNanos = member.nowNanos() + config.heartbeatNanos();
      peers.values().forEach(p -> p.expire(member.nowNanos(), config.electionTimeoutNanos() / 2));
    }
    if (transfer != null && member.isDue(transfer.deadlineNanos())) {
      transfer = null;
    }
    if (member.isDue(quorumNanos)) {
      quorumNanos = quorumHeardNanos() + config.electionTimeoutNanos();
    }
    return !member.isDue(quorumNanos);
  }

  private long quorumHeardNanos() {
    long now = member.nowNanos();
    return now
        + member
            .membership()
            .reachedByQuorum(
                voter -> voter == member.selfServerId() ? 0 : peers.get(voter).heardNanos() - now);
  }

  /** When {@link #tick} has something to do. */
  long deadlineNanos() {
    long deadline = heartbeatNanos - quorumNanos < 0 ? heartbeatNanos : quorumNanos;
    if (transfer != null && transfer.deadlineNanos() - deadline < 0) {
      return transfer.deadlineNanos();
    }
    return deadline;
  }

  void connectionLost(int serverId) {
    Progress peer = peers.get(serverId);
    if (peer != null) {
      peer.lost();
    }
  }

  /** Sends everything that is due, and answers the reads that are confirmed. */
  void flush() {
    answerReads();
    if (heartbeatDue || (!reads.isEmpty() && reads.needsRound(ackedByQuorum()))) {
      heartbeatDue = false;
      reads.roundStarts(member.outbox().nextCorrelation());
      peers.forEach(this::sendHeartbeat);
    }
    peers.forEach(this::sendEntries);
    if (transfer != null
        && !transfer.isTold()
        && peers.get(transfer.targetServerId()).matchIndex() == member.log().lastIndex()) {
      sendTakeover();
    }
  }

  private void sendEntries(int serverId, Progress peer) {
    long lastIndex = member.log().lastIndex();
    // Followers that need what a snapshot replaced get heartbeats only.
    while (peer.nextIndex() <= lastIndex
        && peer.nextIndex() >= member.log().firstIndex()
        && peer.hasRoom(config)) {
      long prevIndex = peer.nextIndex() - 1;
      List<LogEntry> entries =
          member
              .log()
              .entries(
                  peer.nextIndex(), lastIndex, config.maxAppendBytes(), config.maxAppendEntries());
      long bytes = entries.stream().mapToLong(entry -> entry.payload().length).sum();
      long coveredIndex = prevIndex + entries.size();
      long correlation = append(serverId, prevIndex, entries);
      peer.sentEntries(
          correlation, prevIndex, coveredIndex, bytes, member.commitIndex(), member.nowNanos());
    }
    if (peer.lacksCommit(member.commitIndex())) {
      sendHeartbeat(serverId, peer);
    }
  }

  /** Without entries and built on what the follower has on disk, so that it can answer at once. */
  private void sendHeartbeat(int serverId, Progress peer) {
    boolean compacted = peer.matchIndex() < member.log().firstIndex() - 1;
    long correlation = append(serverId, compacted ? 0 : peer.matchIndex(), List.of());
    peer.sentHeartbeat(
        correlation, member.commitIndex(), member.nowNanos(), config.maxInFlightMessages());
  }

  private long append(int serverId, long prevIndex, List<LogEntry> entries) {
    long correlation = member.outbox().takeCorrelation();
    member.send(
        serverId,
        new AppendRequest(
            correlation,
            member.term(),
            member.log().term(prevIndex),
            prevIndex,
            member.commitIndex(),
            entries));
    return correlation;
  }

  private void sendTakeover() {
    long correlation = member.outbox().takeCorrelation();
    member.send(
        transfer.targetServerId(),
        new TakeoverRequest(
            correlation,
            member.term(),
            member.lastLogTerm(),
            member.log().lastIndex(),
            member.commitIndex()));
    transfer.told(correlation);
  }

  private long ackedByQuorum() {
    return member
        .membership()
        .reachedByQuorum(
            voter ->
                voter == member.selfServerId()
                    ? Long.MAX_VALUE
                    : peers.get(voter).ackedCorrelation());
  }

  private void answerReads() {
    // Before an entry of its own term is committed a leader does not know what is (thesis, 6.4).
    if (reads.isEmpty() || member.commitIndex() < termStartIndex) {
      return;
    }
    for (ReadRounds.Confirmed confirmed : reads.confirmed(ackedByQuorum())) {
      answer(confirmed.reader(), true, confirmed.readIndex());
    }
  }

  /** The term is lost; reads that wait learn it. */
  void end() {
    reads.takeAll().forEach(reader -> answer(reader, false, 0));
  }

  private void answer(ReadRounds.Reader reader, boolean confirmed, long readIndex) {
    if (reader instanceof ReadRounds.Reader.Remote remote) {
      member.send(
          remote.serverId(),
          new ReadIndexResponse(remote.correlation(), member.term(), confirmed, readIndex));
    } else if (reader instanceof ReadRounds.Reader.Local local) {
      member
          .outbox()
          .answerRead(
              confirmed
                  ? new ReadResult.Confirmed(local.readId(), readIndex)
                  : new ReadResult.Failed(local.readId()));
    }
  }

  /** What is known of the others. */
  List<PeerStatus> peers() {
    return peers.entrySet().stream()
        .map(
            p ->
                new PeerStatus(
                    p.getKey(),
                    p.getValue().matchIndex(),
                    p.getValue().nextIndex(),
                    member.nowNanos() - p.getValue().heardNanos()))
        .toList();
  }
}
