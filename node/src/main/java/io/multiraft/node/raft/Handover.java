package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.TakeoverRequest;

/**
 * How a leader gives its leadership to another (Raft thesis, section 3.10), because it was asked to
 * or because it is no voter any more.
 */
final class Handover {
  /** How long a leader that should not lead waits before it tries again to find another. */
  private static final int RETRY_ELECTION_TIMEOUTS = 5;

  private final Member member;
  private final Replication replication;
  private Transfer transfer;
  private boolean leaving;
  private boolean takeoverSent;
  private long retryNanos;

  Handover(Member member, Replication replication) {
    this.member = member;
    this.replication = replication;
    retryNanos = member.nowNanos();
  }

  /**
   * Begins to hand over.
   *
   * @param targetServerId 0 for the best follower
   * @return whether a transfer is under way to it
   */
  boolean begin(int targetServerId) {
    int target = targetServerId == 0 ? bestFollower() : targetServerId;
    if (transfer != null && (transfer.isTold() || transfer.targetServerId() == target)) {
      return transfer.targetServerId() == target;
    }
    if (target == member.selfServerId() || !mayLead(target)) {
      return false;
    }
    transfer = new Transfer(target, member.nowNanos() + member.config().electionTimeoutNanos());
    return true;
  }

  /** This member is no voter any more: it hands over if it can, and then leads no more. */
  void leave() {
    leaving = true;
    begin(0);
  }

  /** Whether a leader that is no voter any more has done what it could. */
  boolean hasLeft() {
    return leaving && (transfer == null || transfer.isTold());
  }

  /** Whether nothing may be proposed because leadership is being handed over. */
  boolean isUnderWay() {
    return leaving || transfer != null;
  }

  /** Whether leadership is being handed over, or will be when it is time to try. */
  boolean isDesired() {
    return isUnderWay()
        || (member.membership().priority(member.selfServerId()) == 0 && bestFollower() != 0);
  }

  /** To whom, {@link RaftCore#NO_LEADER} if to nobody. */
  int target() {
    return transfer == null ? RaftCore.NO_LEADER : transfer.targetServerId();
  }

  /** The target does not take over. */
  void refused(long correlation) {
    if (transfer != null && transfer.isToldBy(correlation)) {
      transfer = null;
    }
  }

  /** Another configuration is in force. */
  void configChanged() {
    if (transfer != null && !mayLead(transfer.targetServerId())) {
      transfer = null;
    }
  }

  /**
   * Whether a message left in this term that may make another the leader at any time: then no clock
   * says that there is none.
   */
  boolean takeoverSent() {
    return takeoverSent;
  }

  /** Gives up when it is time; a leader of last resort looks for one that may lead. */
  void tick() {
    if (transfer != null && member.isDue(transfer.deadlineNanos())) {
      transfer = null;
    }
    if (transfer == null
        && member.membership().priority(member.selfServerId()) == 0
        && member.isDue(retryNanos)) {
      int best = bestFollower();
      if (best != 0 && replication.matchIndex(best) >= member.commitIndex()) {
        begin(best);
        retryNanos =
            member.nowNanos() + RETRY_ELECTION_TIMEOUTS * member.config().electionTimeoutNanos();
      }
    }
  }

  /** The earlier of this and of when {@link #tick} has something to do. */
  long deadlineNanos(long otherNanos) {
    boolean earlier = transfer != null && transfer.deadlineNanos() - otherNanos < 0;
    return earlier ? transfer.deadlineNanos() : otherNanos;
  }

  /** Tells the target to take over once it has everything. */
  void flush() {
    if (transfer != null
        && !transfer.isTold()
        && replication.matchIndex(transfer.targetServerId()) == member.log().lastIndex()) {
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
      takeoverSent = true;
    }
  }

  private boolean mayLead(int serverId) {
    return member.membership().isVoter(serverId) && member.membership().priority(serverId) > 0;
  }

  /** Of the followers that were heard of lately the one with the longest log; 0 if none. */
  private int bestFollower() {
    int best = 0;
    for (ServerConfig server : member.membership().inForce().servers()) {
      int serverId = server.serverId();
      if (serverId != member.selfServerId()
          && mayLead(serverId)
          && replication.isLive(serverId)
          && (best == 0 || isBetter(serverId, best))) {
        best = serverId;
      }
    }
    return best;
  }

  private boolean isBetter(int serverId, int thanServerId) {
    long match = replication.matchIndex(serverId);
    long otherMatch = replication.matchIndex(thanServerId);
    Membership membership = member.membership();
    return match > otherMatch
        || (match == otherMatch
            && membership.priority(serverId) > membership.priority(thanServerId));
  }
}
