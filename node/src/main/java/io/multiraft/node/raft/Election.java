package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.PreVoteRequest;
import io.multiraft.node.raft.RaftMessage.PreVoteResponse;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import io.multiraft.node.raft.RaftMessage.VoteResponse;
import java.util.HashSet;
import java.util.Set;

/**
 * A member as voter and as candidate: when it campaigns, whom it votes for, which votes it has.
 * Transitions are the core's; this says when they are due.
 */
final class Election {
  private static final int MAX_DOUBLINGS = 3;

  private final Member member;
  private final boolean restarted;
  private final long startedNanos;
  private final TargetPriority target = new TargetPriority();
  private final Set<Integer> votes = new HashSet<>();
  private long campaignCorrelation;
  private boolean leaderHeard;
  private long leaderHeardNanos;
  private long deadlineNanos;
  private boolean resting;
  private int roundsInVain;

  /**
   * Starts the first election timeout.
   *
   * @param restarted whether this member may have answered a leader in an earlier life
   */
  Election(Member member, boolean restarted) {
    this.member = member;
    this.restarted = restarted;
    startedNanos = member.nowNanos();
    restartTimer();
  }

  /** When a follower or candidate that hears nothing has to act. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  /**
   * Each round that elected nobody makes the next one rarer, up to a bound: where thousands of
   * groups lose their leaders at once, elections would otherwise keep each other from ending.
   */
  void restartTimer() {
    long timeout = member.config().electionTimeoutNanos();
    long spread = timeout << Math.min(roundsInVain, MAX_DOUBLINGS);
    deadlineNanos = member.nowNanos() + timeout + member.random().nextLong(spread);
  }

  /** Whether this member rests, and holds its leader to be alive for so long. */
  void rest(boolean on) {
    resting = on;
  }

  /**
   * The leader has surely gone, and other members learn it within a heartbeat: the next election is
   * due soon, but not at the same time in all groups and members that learn it now.
   */
  void leaderGone() {
    RaftConfig config = member.config();
    // A node that is not heard of may lead all the same; its lease is bound to what it said last.
    leaderHeard &= config.leaseReads();
    deadlineNanos =
        member.nowNanos()
            + config.heartbeatNanos()
            + member.random().nextLong(config.electionTimeoutNanos());
  }

  /** The leader of this term showed that it lives. */
  void leaderHeard() {
    leaderHeard = true;
    leaderHeardNanos = member.nowNanos();
    roundsInVain = 0;
    target.reset(member.membership().highestPriority());
    restartTimer();
  }

  /** The leader of this term gave its leadership away: nobody need wait for it. */
  void leaderResigned() {
    leaderHeard = false;
  }

  /** An election timeout passed without a leader; whether this member campaigns because of it. */
  boolean timedOut() {
    int self = member.selfServerId();
    boolean campaigns = member.membership().isVoter(self) && isReached(self);
    target.decay();
    restartTimer();
    if (campaigns) {
      roundsInVain++;
    }
    return campaigns;
  }

  /** Whether this member is a voter that may lead other than as a last resort. */
  boolean mayLead() {
    int self = member.selfServerId();
    return member.membership().isVoter(self) && member.membership().priority(self) > 0;
  }

  private boolean isReached(int serverId) {
    return target.isReachedBy(member.membership().priority(serverId));
  }

  /**
   * Whether a leader may live as far as this member can know: it heard of one, or may have done so
   * before it was restarted, within an election timeout. Leases depend on it, so a higher term that
   * came by another way does not end it.
   */
  boolean leaderMayLive() {
    long timeout = member.config().electionTimeoutNanos();
    if (member.role() == Role.LEADER || resting) {
      return true;
    }
    if (restarted && !member.isDue(startedNanos + timeout)) {
      return true;
    }
    leaderHeard &= !member.isDue(leaderHeardNanos + timeout);
    return leaderHeard;
  }

  /** Asks all other voters whether this member could win; whether it could already. */
  boolean startPreVote() {
    votes.clear();
    votes.add(member.selfServerId());
    campaignCorrelation = member.outbox().nextCorrelation();
    for (int voter : member.membership().voters()) {
      if (voter != member.selfServerId()) {
        member.send(
            voter,
            new PreVoteRequest(
                member.outbox().takeCorrelation(),
                member.term(),
                member.lastLogTerm(),
                member.log().lastIndex(),
                member.commitIndex()));
      }
    }
    return hasQuorum();
  }

  /** Asks all other voters for their votes. The own vote counts once it is durable. */
  void startVote(boolean forced) {
    votes.clear();
    campaignCorrelation = member.outbox().nextCorrelation();
    for (int voter : member.membership().voters()) {
      if (voter != member.selfServerId()) {
        member.send(
            voter,
            new VoteRequest(
                member.outbox().takeCorrelation(),
                member.term(),
                member.lastLogTerm(),
                member.log().lastIndex(),
                member.commitIndex(),
                forced));
      }
    }
  }

  /** Whether the own vote of a candidate is durable now and decides the election. */
  boolean ownVoteDecides() {
    return member.durability().holds(member.term(), member.votedFor())
        && votes.add(member.selfServerId())
        && hasQuorum();
  }

  /** Whether this answer makes a pre-candidate a candidate. */
  boolean decides(int fromServerId, PreVoteResponse response) {
    return response.accepted()
        && response.term() == member.term()
        && response.correlation() >= campaignCorrelation
        && votes.add(fromServerId)
        && hasQuorum();
  }

  /** Whether this answer makes a candidate the leader; not before its own vote is durable. */
  boolean decides(int fromServerId, VoteResponse response) {
    return response.accepted()
        && response.term() == member.term()
        && votes.add(fromServerId)
        && votes.contains(member.selfServerId())
        && hasQuorum();
  }

  private boolean hasQuorum() {
    long counted = votes.stream().filter(member.membership()::isVoter).count();
    return counted >= member.membership().quorum();
  }

  /** Answers a pre-vote; nothing changes by it. */
  PreVoteResponse answer(int fromServerId, PreVoteRequest request) {
    boolean removed =
        member.membership().inForce().server(fromServerId).isEmpty()
            && request.commitIndex() < member.commitIndex();
    boolean accepted =
        !removed
            && !leaderMayLive()
            // An old peer counts a denial as a living leader, so it may ask with any log.
            && (member.membership().isOldPeer(fromServerId)
                || isUpToDate(request.lastLogTerm(), request.lastLogIndex()));
    long nextIndex = accepted ? member.log().lastIndex() + 1 : denial(fromServerId, request);
    return new PreVoteResponse(
        request.correlation(),
        request.term(),
        accepted,
        removed ? PreVoteResponse.REMOVED : nextIndex);
  }

  private long denial(int fromServerId, PreVoteRequest request) {
    long committed = member.commitOfLog(request.lastLogTerm(), request.lastLogIndex());
    return committed > request.commitIndex() && !member.membership().isOldPeer(fromServerId)
        ? committed + 1
        : 0;
  }

  /** How much of this member's log a denial says to be committed, 0 if nothing. */
  long committedAsTold(PreVoteResponse response) {
    boolean counts =
        member.role() == Role.PRE_CANDIDATE
            && !response.accepted()
            && response.term() == member.term()
            && response.correlation() >= campaignCorrelation
            && response.nextIndex() > 0;
    return counts ? Math.min(response.nextIndex() - 1, member.log().lastIndex()) : 0;
  }

  /** Whether a vote request is not even looked at, nor its term taken: a leader may live. */
  boolean refuses(VoteRequest request) {
    return !request.forced() && leaderMayLive();
  }

  /**
   * Gives the vote or not, in the request's term or a later one.
   *
   * @param newTerm whether the request brought the term
   */
  VoteResponse answer(int fromServerId, VoteRequest request, boolean newTerm) {
    boolean granted =
        request.term() == member.term()
            && (member.votedFor() == HardState.NO_VOTE || member.votedFor() == fromServerId)
            && isUpToDate(request.lastLogTerm(), request.lastLogIndex())
            && (request.forced() || isWanted(fromServerId));
    if (granted) {
      member.vote(fromServerId);
      restartTimer();
    } else if (newTerm) {
      target.decay();
    }
    return new VoteResponse(
        request.correlation(), member.term(), granted, granted ? member.log().lastIndex() + 1 : 0);
  }

  private boolean isWanted(int serverId) {
    return member.membership().priority(serverId) == 0 || isReached(serverId);
  }

  /** Raft, section 5.4.1. */
  private boolean isUpToDate(long lastLogTerm, long lastLogIndex) {
    long ownTerm = member.lastLogTerm();
    return lastLogTerm > ownTerm
        || (lastLogTerm == ownTerm && lastLogIndex >= member.log().lastIndex());
  }
}
