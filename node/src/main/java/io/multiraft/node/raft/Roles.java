package io.multiraft.node.raft;

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

/**
 * Which {@link Role} a member has, and what each message makes of it. The rules are with {@link
 * Election}, {@link FollowerLog} and {@link Leadership}; here are the transitions.
 */
final class Roles {
  private final Member member;
  private final Election election;
  private final FollowerRest followerRest;
  private final FollowerLog followerLog;
  private final ForwardedReads forwardedReads;

  /** Not null exactly while {@link Role#LEADER}. */
  private Leadership leadership;

  Roles(Member member, Election election) {
    this.member = member;
    this.election = election;
    followerRest = new FollowerRest(member, election);
    followerLog = new FollowerLog(member);
    forwardedReads = new ForwardedReads(member);
  }

  /** What this member has while it leads, null while it does not. */
  Leadership leadership() {
    return leadership;
  }

  /** The reads of a member that does not lead. */
  ForwardedReads forwardedReads() {
    return forwardedReads;
  }

  boolean isQuiet() {
    return leadership != null ? leadership.rest().isQuiet() : followerRest.isResting();
  }

  void wake() {
    if (leadership != null) {
      leadership.disturbed();
    } else {
      followerRest.wake();
    }
  }

  void leaderGone() {
    if (leadership == null && followerRest.isResting()) {
      loseLeader();
    }
  }

  private void loseLeader() {
    followerRest.end();
    becomeFollower(RaftCore.NO_LEADER);
    election.leaderGone();
  }

  void nodeAnswers(int serverId, boolean answers) {
    if (leadership != null && leadership.rest().nodeAnswers(serverId, answers)) {
      leadership.disturbed();
    }
  }

  /** What members say to each other wakes whoever rests; answers that were on their way do not. */
  private void wakesBy(int fromServerId, RaftMessage message) {
    boolean wakes =
        !(message instanceof RaftMessage.Response) && !(message instanceof QuiesceRequest);
    if (wakes && isQuiet() && member.membership().inForce().server(fromServerId).isPresent()) {
      wake();
    }
  }

  void step(int fromServerId, RaftMessage message) {
    wakesBy(fromServerId, message);
    if (message instanceof AppendRequest request) {
      append(fromServerId, request);
    } else if (message instanceof AppendResponse response) {
      appendAnswered(fromServerId, response);
    } else if (message instanceof PreVoteRequest request) {
      preVote(fromServerId, request);
    } else if (message instanceof PreVoteResponse response) {
      preVoteAnswered(fromServerId, response);
    } else if (message instanceof VoteRequest request) {
      vote(fromServerId, request);
    } else if (message instanceof VoteResponse response) {
      voteAnswered(fromServerId, response);
    } else if (message instanceof ReadIndexRequest request) {
      readIndexAsked(fromServerId, request);
    } else if (message instanceof ReadIndexResponse response) {
      forwardedReads.answered(fromServerId, response);
    } else if (message instanceof TakeoverRequest request) {
      takeOver(fromServerId, request);
    } else if (message instanceof ResignRequest request) {
      resign(fromServerId, request);
    } else if (message instanceof NotificationResponse response) {
      notificationAnswered(response);
    } else if (message instanceof QuiesceRequest request) {
      quiesce(fromServerId, request);
    } else if (message instanceof QuiesceResponse response) {
      restAnswered(fromServerId, response);
    } else if (message instanceof WakeRequest request) {
      toldToWake(fromServerId, request);
    }
  }

  void tick() {
    if (isQuiet()) {
      return;
    }
    forwardedReads.expire();
    if (leadership != null) {
      if (!leadership.tick()) {
        becomeFollower(RaftCore.NO_LEADER);
      }
    } else if (member.isDue(election.deadlineNanos())) {
      electionTimeout();
    }
  }

  long nextDeadlineNanos() {
    long deadline = leadership != null ? leadership.deadlineNanos() : election.deadlineNanos();
    if (!forwardedReads.isEmpty() && forwardedReads.firstDeadlineNanos() - deadline < 0) {
      return forwardedReads.firstDeadlineNanos();
    }
    return deadline;
  }

  /** More is durable than before. */
  void persisted() {
    if (leadership != null) {
      advanceCommit();
    } else if (member.role() == Role.CANDIDATE && election.ownVoteDecides()) {
      becomeLeader();
    }
  }

  /** Sends what follows from everything that has arrived. */
  void flush() {
    if (leadership != null) {
      leadership.flush();
      if (leadership.handover().hasLeft()) {
        becomeFollower(RaftCore.NO_LEADER);
      }
    }
    forwardedReads.flush();
  }

  void connectionLost(int serverId) {
    forwardedReads.connectionLost(serverId);
    if (leadership != null) {
      leadership.replication().connectionLost(serverId);
    }
  }

  boolean transferLeadership(int targetServerId) {
    wake();
    if (leadership != null) {
      return leadership.handover().begin(targetServerId);
    }
    int leader = member.leaderServerId();
    if (leader == RaftCore.NO_LEADER
        || targetServerId != member.selfServerId()
        || !election.mayLead()) {
      return false;
    }
    member.send(
        leader,
        new ResignRequest(
            member.outbox().takeCorrelation(),
            member.term(),
            member.lastLogTerm(),
            member.log().lastIndex(),
            member.commitIndex()));
    return true;
  }

  SnapshotVerdict snapshotOffered(int fromServerId, long term, SnapshotMeta snapshot) {
    if (term < member.term()) {
      return SnapshotVerdict.STALE_TERM;
    } else if (!isCredibleLeader(fromServerId, term)) {
      return SnapshotVerdict.NO_ANSWER;
    }
    leaderShowed(fromServerId, term);
    return snapshot.index() > member.commitIndex()
        ? SnapshotVerdict.ACCEPT
        : SnapshotVerdict.ALREADY_HAVE;
  }

  boolean installSnapshot(int fromServerId, long term, SnapshotMeta snapshot) {
    if (term == member.term() && fromServerId == member.leaderServerId()) {
      election.leaderHeard();
    }
    // A leader has everything that is committed, and will know that it is.
    if (snapshot.index() <= member.commitIndex() || leadership != null) {
      return false;
    }
    member.install(snapshot);
    return true;
  }

  private boolean isCredibleLeader(int serverId, long term) {
    boolean second =
        term == member.term()
            && member.leaderServerId() != RaftCore.NO_LEADER
            && member.leaderServerId() != serverId;
    return !second && serverId != member.selfServerId();
  }

  private void leaderShowed(int serverId, long term) {
    adoptTerm(term);
    followerRest.wake();
    becomeFollower(serverId);
    election.leaderHeard();
  }

  private void append(int fromServerId, AppendRequest request) {
    if (request.term() < member.term()) {
      member.send(
          fromServerId,
          new AppendResponse(
              request.correlation(), member.term(), false, member.log().lastIndex() + 1));
    } else if (!isCredibleLeader(fromServerId, request.term())
        || !FollowerLog.isWellFormed(request)) {
      member.outbox().sendNow(fromServerId, new NoAnswer(request.correlation()));
    } else {
      leaderShowed(fromServerId, request.term());
      followerLog.take(fromServerId, request);
    }
  }

  private void appendAnswered(int fromServerId, AppendResponse response) {
    adoptTerm(response.term());
    if (leadership != null && response.term() == member.term()) {
      leadership.replication().answered(fromServerId, response);
      advanceCommit();
    }
  }

  private void preVote(int fromServerId, PreVoteRequest request) {
    learnCommit(fromServerId, request.lastLogTerm(), request.lastLogIndex(), request.commitIndex());
    member.send(fromServerId, election.answer(fromServerId, request));
    if (leadership != null && member.membership().isVoter(fromServerId)) {
      leadership
          .disturbed(); // it does not rest under this leader: its node may be new to the group
    }
  }

  /** A leader counts for itself what is committed. */
  private void learnCommit(int fromServerId, long lastLogTerm, long lastLogIndex, long commit) {
    if (leadership == null) {
      member.learnCommit(fromServerId, lastLogTerm, lastLogIndex, commit);
    }
  }

  private void preVoteAnswered(int fromServerId, PreVoteResponse response) {
    adoptTerm(response.term());
    long committed = election.committedAsTold(response);
    if (committed > member.commitIndex()) {
      // Whoever asked may need fewer votes than it knows, or other ones; its next timeout shows.
      member.commitTo(committed);
    } else if (member.role() == Role.PRE_CANDIDATE && election.decides(fromServerId, response)) {
      campaign(false);
    }
  }

  private void vote(int fromServerId, VoteRequest request) {
    if (election.refuses(request)) {
      member.send(fromServerId, new VoteResponse(request.correlation(), member.term(), false, 0));
      return;
    }
    boolean newTerm = adoptTerm(request.term());
    if (newTerm) {
      election.leaderResigned();
    }
    learnCommit(fromServerId, request.lastLogTerm(), request.lastLogIndex(), request.commitIndex());
    member.send(fromServerId, election.answer(fromServerId, request, newTerm));
  }

  private void voteAnswered(int fromServerId, VoteResponse response) {
    adoptTerm(response.term());
    if (member.role() == Role.CANDIDATE && election.decides(fromServerId, response)) {
      becomeLeader();
    }
  }

  private void readIndexAsked(int fromServerId, ReadIndexRequest request) {
    boolean asked =
        leadership != null
            && leadership.read(new ReadRounds.Reader.Remote(fromServerId, request.correlation()));
    if (!asked) {
      member.send(
          fromServerId, new ReadIndexResponse(request.correlation(), member.term(), false, 0));
    }
  }

  private void takeOver(int fromServerId, TakeoverRequest request) {
    learnCommit(fromServerId, request.lastLogTerm(), request.lastLogIndex(), request.commitIndex());
    boolean accepted =
        request.term() == member.term()
            && member.leaderServerId() == fromServerId
            && leadership == null
            && election.mayLead();
    answerNotification(fromServerId, request.correlation(), accepted);
    if (accepted) {
      election.leaderResigned();
      campaign(true);
    }
  }

  private void resign(int fromServerId, ResignRequest request) {
    boolean accepted =
        request.term() == member.term()
            && leadership != null
            && leadership.handover().begin(fromServerId);
    answerNotification(fromServerId, request.correlation(), accepted);
  }

  private void answerNotification(int toServerId, long correlation, boolean accepted) {
    member.send(
        toServerId,
        new NotificationResponse(
            correlation, member.term(), accepted, member.log().lastIndex() + 1));
  }

  private void quiesce(int fromServerId, QuiesceRequest request) {
    boolean followed =
        request.term() == member.term()
            && leadership == null
            && member.leaderServerId() == fromServerId;
    if (followed) {
      election.leaderHeard();
      member.send(fromServerId, followerRest.answer(request));
    } else {
      member.send(
          fromServerId,
          new QuiesceResponse(
              request.correlation(), member.term(), false, member.log().lastIndex() + 1));
    }
  }

  private void restAnswered(int fromServerId, QuiesceResponse response) {
    adoptTerm(response.term());
    if (leadership != null && response.term() == member.term()) {
      leadership.rest().answered(fromServerId, response);
    }
  }

  /** The sender does not lead any more, or is no member any more. */
  private void toldToWake(int fromServerId, WakeRequest request) {
    if (leadership == null
        && request.term() == member.term()
        && member.leaderServerId() == fromServerId) {
      loseLeader();
    }
    member.send(fromServerId, new WakeResponse(request.correlation(), member.term()));
  }

  private void notificationAnswered(NotificationResponse response) {
    adoptTerm(response.term());
    if (leadership != null && !response.accepted()) {
      leadership.handover().refused(response.correlation());
    }
  }

  private void electionTimeout() {
    becomeFollower(RaftCore.NO_LEADER);
    if (!election.timedOut()) {
      return;
    }
    member.become(Role.PRE_CANDIDATE, RaftCore.NO_LEADER);
    if (election.startPreVote()) {
      campaign(false);
    }
  }

  private void campaign(boolean forced) {
    member.enterTerm(member.term() + 1);
    member.vote(member.selfServerId());
    member.become(Role.CANDIDATE, RaftCore.NO_LEADER);
    election.restartTimer();
    election.startVote(forced);
  }

  private void becomeLeader() {
    member.become(Role.LEADER, member.selfServerId());
    leadership = new Leadership(member);
    advanceCommit();
  }

  private boolean adoptTerm(long term) {
    if (term <= member.term()) {
      return false;
    }
    followerRest.wake();
    member.enterTerm(term);
    becomeFollower(RaftCore.NO_LEADER);
    return true;
  }

  private void becomeFollower(int leaderServerId) {
    if (leadership != null) {
      leadership.end();
      leadership = null;
      election.restartTimer();
    }
    member.become(Role.FOLLOWER, leaderServerId);
  }

  private void advanceCommit() {
    while (leadership.advanceCommit()) {
      // Each time another majority may count.
    }
  }
}
