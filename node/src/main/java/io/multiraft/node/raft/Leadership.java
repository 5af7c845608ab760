package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.ReadIndexResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
  private final Replication replication;
  private final LeaderRest rest;
  private final Handover handover;
  private final MembershipChanges changes;
  private final Uncommitted uncommitted = new Uncommitted();
  private final ReadRounds reads;
  private final long termStartIndex;
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
    replication = new Replication(member);
    rest = new LeaderRest(member, replication);
    handover = new Handover(member, replication);
    changes = new MembershipChanges(member, replication);
    termStartIndex = append(member.membership().latest().withLogIndex(nextIndex()));
    heartbeatNanos = member.nowNanos() + config.heartbeatNanos();
    quorumNanos = member.nowNanos() + config.electionTimeoutNanos();
  }

  private long nextIndex() {
    return member.log().lastIndex() + 1;
  }

  private long append(ClusterConfig next) {
    LogEntry entry = LogEntry.of(member.term(), EntryType.CONF, ConfigCodec.encode(next));
    member.append(next.logIndex(), List.of(entry), List.of(next));
    return next.logIndex();
  }

  /** When nothing is due and nothing is said until something is asked. */
  LeaderRest rest() {
    return rest;
  }

  /** Something is asked of the group: whoever rests wakes. */
  void disturbed() {
    if (rest.disturbed()) {
      heartbeatDue = true;
      heartbeatNanos = member.nowNanos() + config.heartbeatNanos();
      quorumNanos = member.nowNanos() + config.electionTimeoutNanos();
    }
  }

  Proposal propose(List<LogEntry> entries) {
    disturbed();
    if (handover.isUnderWay()) {
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
    long firstIndex = nextIndex();
    member.append(firstIndex, appended, List.of());
    uncommitted.add(member.log().lastIndex(), bytes);
    return new Proposal.Appended(firstIndex, member.term());
  }

  /** Proposes the next configuration if this one may be changed so. */
  MembershipResult change(long expectedConfigIndex, MembershipChange change) {
    disturbed();
    ClusterConfig inForce = member.membership().inForce();
    ClusterConfig latest = member.membership().latest();
    if (handover.isUnderWay()) {
      return new MembershipResult.NotLeader(RaftCore.NO_LEADER);
    } else if (member.commitIndex() < termStartIndex) {
      return new MembershipResult.NotReady();
    } else if (latest.logIndex() != inForce.logIndex()) {
      return new MembershipResult.ChangeOpen(latest.logIndex());
    } else if (expectedConfigIndex != inForce.logIndex()) {
      return new MembershipResult.StaleIndex(inForce.logIndex());
    }
    Optional<MembershipResult> refusal = changes.refusal(change);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    long index = append(MembershipChanges.after(inForce, change).asNext(nextIndex()));
    return new MembershipResult.Started(index, member.term());
  }

  /** An answer in this term. */
  void answered(int fromServerId, AppendResponse response) {
    replication.answered(fromServerId, response);
  }

  /** Raises the commit index as far as a majority goes; whether it could be raised. */
  boolean advanceCommit() {
    long index = replication.quorumMatchIndex();
    // Only entries of the own term are committed by counting (Raft, section 5.4.2).
    if (index <= member.commitIndex() || member.log().term(index) != member.term()) {
      return false;
    }
    uncommitted.committed(index);
    if (member.commitTo(index)) {
      configChanged();
    }
    return true;
  }

  private void configChanged() {
    disturbed();
    replication.followConfig();
    handover.configChanged();
    if (!member.membership().isVoter(member.selfServerId())) {
      handover.leave();
    }
  }

  /** A read of this member or of another; whether there was room. */
  boolean read(ReadRounds.Reader reader) {
    disturbed();
    if (holdsLease()) {
      answer(reader, true, member.commitIndex());
      return true;
    }
    long readIndex = Math.max(member.commitIndex(), termStartIndex);
    return reads.add(reader, member.outbox().nextCorrelation(), readIndex);
  }

  /**
   * Whether there is certainly no other leader: a quorum has answered a request that was sent so
   * lately that none of it may have voted since (design rule 10). An old peer may always have.
   */
  private boolean holdsLease() {
    return config.leaseReads()
        && member.commitIndex() >= termStartIndex
        && !handover.takeoverSent()
        && !member.membership().hasOldPeer()
        && !member.isDue(replication.quorumAckedSentNanos() + config.leaseNanos());
  }

  /** How leadership is given to another. */
  Handover handover() {
    return handover;
  }

  /** What is known of the other members. */
  List<PeerStatus> peers() {
    return replication.peers().stream()
        .map(peer -> rest.answersFor(peer.serverId()) ? peer.heardNow() : peer)
        .toList();
  }

  /** The log on its way to the others. */
  Replication replication() {
    return replication;
  }

  /** Does what is due; whether this member can go on leading: a majority was heard of lately. */
  boolean tick() {
    if (rest.isQuiet()) {
      return true;
    }
    if (member.isDue(heartbeatNanos)) {
      heartbeatDue = true;
      heartbeatNanos = member.nowNanos() + config.heartbeatNanos();
      replication.expire();
    }
    handover.tick();
    if (member.isDue(quorumNanos)) {
      quorumNanos = replication.quorumHeardNanos() + config.electionTimeoutNanos();
    }
    return !member.isDue(quorumNanos);
  }

  /** When {@link #tick} has something to do. */
  long deadlineNanos() {
    long deadline = heartbeatNanos - quorumNanos < 0 ? heartbeatNanos : quorumNanos;
    return handover.deadlineNanos(deadline);
  }

  /** Sends everything that is due, and answers the reads that are confirmed. */
  void flush() {
    if (rest.isQuiet()) {
      return;
    }
    answerReads();
    if (heartbeatDue
        || (!reads.isEmpty() && reads.needsRound(replication.quorumAckedCorrelation()))) {
      heartbeatDue = false;
      if (reads.isEmpty() && rest.isWanted() && !handover.isDesired()) {
        rest.ask();
      } else {
        reads.roundStarts(member.outbox().nextCorrelation());
        replication.sendHeartbeats();
      }
    }
    replication.sendEntries();
    handover.flush();
  }

  private void answerReads() {
    // Before an entry of its own term is committed a leader does not know what is (thesis, 6.4).
    if (reads.isEmpty() || member.commitIndex() < termStartIndex) {
      return;
    }
    for (ReadRounds.Confirmed confirmed : reads.confirmed(replication.quorumAckedCorrelation())) {
      answer(confirmed.reader(), true, confirmed.readIndex());
    }
  }

  /** The term is lost; reads that wait learn it. */
  void end() {
    rest.end();
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
}
