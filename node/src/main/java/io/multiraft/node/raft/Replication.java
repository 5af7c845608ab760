package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.AppendRequest;
import io.multiraft.node.raft.RaftMessage.AppendResponse;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A leader's log on its way to the others, and what it knows of each of them. */
final class Replication {
  /** How long a removed member is still told of its removal. */
  private static final int FAREWELL_ELECTION_TIMEOUTS = 5;

  private final Member member;
  private final RaftConfig config;
  private final Map<Integer, Progress> peers = new TreeMap<>();

  Replication(Member member) {
    this.member = member;
    config = member.config();
    followConfig();
  }

  /**
   * Follows the configuration in force. Who is no member any more gets the log until it knows so
   * itself, for a bounded time (wire protocol, section 9.3), and counts for nothing.
   */
  void followConfig() {
    Set<Integer> others = new HashSet<>();
    for (ServerConfig server : member.membership().inForce().servers()) {
      if (server.serverId() != member.selfServerId()) {
        others.add(server.serverId());
      }
    }
    long farewellNanos =
        member.nowNanos() + FAREWELL_ELECTION_TIMEOUTS * config.electionTimeoutNanos();
    peers.forEach(
        (id, peer) -> {
          if (!others.contains(id)) {
            peer.removed(member.commitIndex(), member.outbox().nextCorrelation(), farewellNanos);
          }
        });
    for (int other : others) {
      peers.computeIfAbsent(
          other, id -> new Progress(member.log().lastIndex() + 1, member.nowNanos()));
    }
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
      if (peer.knowsOfRemoval(response.correlation(), response.nextIndex() - 1)) {
        peers.remove(fromServerId);
      }
    }
  }

  void connectionLost(int serverId) {
    Progress peer = peers.get(serverId);
    if (peer != null) {
      peer.lost();
    }
  }

  void snapshotSent(int serverId, long index) {
    Progress peer = peers.get(serverId);
    if (peer != null) {
      peer.snapshotSent(index);
    }
  }

  void snapshotFailed(int serverId) {
    Progress peer = peers.get(serverId);
    if (peer != null) {
      peer.snapshotFailed(
          member.nowNanos(), config.heartbeatNanos(), config.electionTimeoutNanos());
    }
  }

  /** Gives up what is unanswered for too long, and whom it has nothing to say to any more. */
  void expire() {
    for (Iterator<Progress> all = peers.values().iterator(); all.hasNext(); ) {
      Progress peer = all.next();
      peer.expire(member.nowNanos(), config.electionTimeoutNanos() / 2);
      if (peer.isRemoved() && member.isDue(peer.farewellNanos())) {
        all.remove();
      }
    }
  }

  /** Whom the log goes to. */
  Set<Integer> serverIds() {
    return peers.keySet();
  }

  /** Whether this follower has everything, knows that it is committed, and owes no answer. */
  boolean isLevel(int serverId) {
    Progress peer = peers.get(serverId);
    return !peer.isRemoved() && peer.isLevelWith(member.log().lastIndex(), member.commitIndex());
  }

  /** The follower answered what is no append: it lives, and nothing else follows from it. */
  void heard(int serverId) {
    Progress peer = peers.get(serverId);
    if (peer != null) {
      peer.heard(member.nowNanos());
    }
  }

  /** The group rested until now, and this follower's node has answered all the time. */
  void presumeAlive(int serverId) {
    peers.get(serverId).presumedAlive(member.nowNanos());
  }

  void sendHeartbeat(int serverId) {
    sendHeartbeat(serverId, peers.get(serverId));
  }

  /** Sends every follower a request without entries. */
  void sendHeartbeats() {
    peers.forEach(this::sendHeartbeat);
  }

  /** Sends every follower what it lacks, as far as its window goes. */
  void sendEntries() {
    peers.forEach(this::sendEntries);
    peers.values().removeIf(peer -> peer.isRemoved() && peer.isInSnapshot());
  }

  private void sendEntries(int serverId, Progress peer) {
    long lastIndex = member.log().lastIndex();
    long firstIndex = member.log().firstIndex();
    if (peer.isInSnapshot() && peer.matchIndex() >= firstIndex - 1) {
      peer.snapshotSent(peer.matchIndex());
    } else if (!peer.isInSnapshot() && peer.nextIndex() < firstIndex) {
      peer.needsSnapshot(member.nowNanos());
    }
    if (peer.wantsSnapshot(member.nowNanos()) && isLive(serverId) && !peer.isRemoved()) {
      peer.snapshotAsked();
      member.outbox().wantSnapshot(serverId);
    }
    // A probe goes out also without entries: an idle group has none for a member that is new.
    while ((peer.nextIndex() <= lastIndex || peer.isUnknown()) && peer.hasRoom(config)) {
      long prevIndex = peer.nextIndex() - 1;
      List<LogEntry> entries =
          prevIndex == lastIndex ? List.of() : entries(peer.nextIndex(), lastIndex);
      long bytes = 0;
      for (LogEntry entry : entries) {
        bytes += entry.payload().length;
      }
      long coveredIndex = prevIndex + entries.size();
      long correlation = append(serverId, prevIndex, entries);
      peer.sentEntries(
          correlation, prevIndex, coveredIndex, bytes, member.commitIndex(), member.nowNanos());
    }
    if (peer.lacksCommit(member.commitIndex())) {
      sendHeartbeat(serverId, peer);
    }
  }

  private List<LogEntry> entries(long fromIndex, long toIndex) {
    return member
        .log()
        .entries(fromIndex, toIndex, config.maxAppendBytes(), config.maxAppendEntries());
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

  /** Whether this member answered within the last election timeout, or is the leader itself. */
  boolean isLive(int serverId) {
    return serverId == member.selfServerId()
        || (peers.containsKey(serverId)
            && !member.isDue(peers.get(serverId).aliveNanos() + config.electionTimeoutNanos()));
  }

  /** Up to where this member's durable log is known to equal the leader's. */
  long matchIndex(int serverId) {
    return serverId == member.selfServerId()
        ? member.durability().durableIndex()
        : peers.get(serverId).matchIndex();
  }

  /** The highest index that a majority has on disk. */
  long quorumMatchIndex() {
    return member.membership().reachedByQuorum(this::matchIndex);
  }

  /** The highest correlation for which a majority has answered it or a later one. */
  long quorumAckedCorrelation() {
    return member
        .membership()
        .reachedByQuorum(
            voter ->
                voter == member.selfServerId()
                    ? Long.MAX_VALUE
                    : peers.get(voter).ackedCorrelation());
  }

  /** When the youngest request was sent for which a majority has answered it or a later one. */
  long quorumAckedSentNanos() {
    long now = member.nowNanos();
    return now
        + member
            .membership()
            .reachedByQuorum(
                voter ->
                    voter == member.selfServerId() ? 0 : peers.get(voter).ackedSentNanos() - now);
  }

  /** When a majority was last heard of. */
  long quorumHeardNanos() {
    long now = member.nowNanos();
    return now
        + member
            .membership()
            .reachedByQuorum(
                voter -> voter == member.selfServerId() ? 0 : peers.get(voter).heardNanos() - now);
  }

  /** What is known of the other members. */
  List<PeerStatus> peers() {
    return peers.entrySet().stream()
        .filter(p -> !p.getValue().isRemoved())
        .map(
            p ->
                new PeerStatus(
                    p.getKey(),
                    p.getValue().matchIndex(),
                    p.getValue().nextIndex(),
                    member.nowNanos() - p.getValue().aliveNanos()))
        .toList();
  }
}
