package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.AppendRequest;
import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.NoAnswer;
import io.multiraft.node.raft.RaftMessage.NotificationResponse;
import io.multiraft.node.raft.RaftMessage.PreVoteRequest;
import io.multiraft.node.raft.RaftMessage.PreVoteResponse;
import io.multiraft.node.raft.RaftMessage.ReadIndexRequest;
import io.multiraft.node.raft.RaftMessage.ReadIndexResponse;
import io.multiraft.node.raft.RaftMessage.ResignRequest;
import io.multiraft.node.raft.RaftMessage.TakeoverRequest;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import io.multiraft.node.raft.RaftMessage.VoteResponse;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One member of one Raft group: messages, time and proposals go in, {@link Ready}s come out. It is
 * driven by one thread at a time and does no input or output but {@link RaftLog#append}; what it
 * appended is durable when the runtime says so with {@link #persisted}.
 *
 * <p>The runtime hands in everything that has arrived, then, while {@link #hasReady}, takes a
 * Ready, persists what it asks for, sends its messages, applies what is committed; and calls {@link
 * #tick} when {@link #nextDeadlineNanos} has come. Times are of one monotonic clock, in
 * nanoseconds.
 *
 * <p>This class dispatches and makes the transitions between roles; the rules are with {@link
 * Election}, {@link FollowerLog} and {@link Leadership}, on what {@link Member} knows.
 *
 * @see <a href="https://raft.github.io/raft.pdf">Raft</a>
 */
public final class RaftCore {
  /** As a server id: nobody. */
  public static final int NO_LEADER = -1;

  private final Member member;
  private final Election election;
  private final FollowerLog followerLog;
  private final ForwardedReads forwardedReads;
  private final HandedOut handedOut;

  /** Not null exactly while {@link Role#LEADER}. */
  private Leadership leadership;

  /**
   * Starts a member as a follower.
   *
   * @param config limits and times
   * @param selfServerId this member's server id
   * @param initialConfig in force until the log holds a committed configuration
   * @param hardState as last made durable, {@link HardState#INITIAL} for a new member
   * @param log whatever it holds now is durable
   * @param random for election timeouts
   * @param nowNanos the time
   */
  public RaftCore(
      RaftConfig config,
      int selfServerId,
      ClusterConfig initialConfig,
      HardState hardState,
      RaftLog log,
      RandomGenerator random,
      long nowNanos) {
    member = new Member(config, selfServerId, initialConfig, hardState, log, random, nowNanos);
    election = new Election(member, hardState.term() > 0);
    followerLog = new FollowerLog(member);
    forwardedReads = new ForwardedReads(member);
    handedOut = new HandedOut(member, hardState);
  }

  /** A message arrives. A request is answered in one of the next Readys, possibly much later. */
  public void step(int fromServerId, RaftMessage message, long nowNanos) {
    member.timeIs(nowNanos);
    if (message instanceof AppendRequest request) {
      append(fromServerId, request);
    } else if (message instanceof AppendResponse response) {
      appendAnswered(fromServerId, response);
    } else if (message instanceof PreVoteRequest request) {
      member.send(fromServerId, election.answer(fromServerId, request));
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
    }
  }

  /** Time passes: does what is due. */
  public void tick(long nowNanos) {
    member.timeIs(nowNanos);
    forwardedReads.expire();
    if (leadership != null) {
      if (!leadership.tick()) {
        becomeFollower(NO_LEADER);
      }
    } else if (member.isDue(election.deadlineNanos())) {
      electionTimeout();
    }
  }

  /** When {@link #tick} has something to do. Inputs may move it to later, seldom to earlier. */
  public long nextDeadlineNanos() {
    long deadline = leadership != null ? leadership.deadlineNanos() : election.deadlineNanos();
    if (!forwardedReads.isEmpty() && forwardedReads.firstDeadlineNanos() - deadline < 0) {
      return forwardedReads.firstDeadlineNanos();
    }
    return deadline;
  }

  /**
   * Appends commands if this member leads and may take them.
   *
   * @param entries at least one, of type {@link EntryType#APP_LOG}; their terms are set here
   */
  public Proposal propose(List<LogEntry> entries, long nowNanos) {
    if (entries.isEmpty() || entries.stream().anyMatch(e -> e.type() == EntryType.CONF)) {
      throw new IllegalArgumentException("a proposal is one command or more, not a configuration");
    }
    member.timeIs(nowNanos);
    return leadership == null
        ? new Proposal.NotLeader(member.leaderServerId())
        : leadership.propose(entries);
  }

  /**
   * Asks for an index from which on a read is linearizable; a follower asks the leader. The answer
   * is in one of the next Readys.
   *
   * @param readId echoed by the answer
   */
  public void readIndex(long readId, long nowNanos) {
    member.timeIs(nowNanos);
    if (leadership == null) {
      forwardedReads.add(readId);
    } else if (!leadership.read(new ReadRounds.Reader.Local(readId))) {
      member.outbox().answerRead(new ReadResult.Failed(readId));
    }
  }

  /**
   * Hands leadership over, without proposals meanwhile, for at most an election timeout. A follower
   * can only ask the leader to hand over to it. Whether it worked shows in who leads; whether it is
   * under way in {@link #transferTarget}.
   *
   * @param targetServerId a voter with a priority above 0, or 0 for the best follower
   * @return whether a transfer is under way or was asked for
   */
  public boolean transferLeadership(int targetServerId, long nowNanos) {
    member.timeIs(nowNanos);
    if (leadership != null) {
      return leadership.transferTo(targetServerId);
    }
    int leader = member.leaderServerId();
    if (leader == NO_LEADER || targetServerId != member.selfServerId() || !election.mayLead()) {
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

  /**
   * The transport knows that requests to this server that are unanswered will stay so. Calling it
   * is not needed for progress, only for speed.
   */
  public void connectionLost(int serverId, long nowNanos) {
    member.timeIs(nowNanos);
    forwardedReads.connectionLost(serverId);
    if (leadership != null) {
      leadership.connectionLost(serverId);
    }
  }

  /**
   * The Ready with this sequence and all before it are durable. Readys with nothing to persist may
   * be left out.
   */
  public void persisted(long readySequence, long nowNanos) {
    member.timeIs(nowNanos);
    member.durability().persisted(readySequence);
    if (leadership != null) {
      advanceCommit();
    } else if (member.role() == Role.CANDIDATE && election.ownVoteDecides()) {
      becomeLeader();
    }
  }

  /** The state machine has applied everything up to {@code index}. */
  public void applied(long index) {
    member.applied(index);
  }

  /** Whether {@link #takeReady} has anything to hand out; to be asked once for many inputs. */
  public boolean hasReady() {
    flush();
    return handedOut.hasNews();
  }

  /** Hands out what has to be done. */
  public Ready takeReady() {
    flush();
    return handedOut.next();
  }

  private void flush() {
    if (leadership != null) {
      leadership.flush();
    }
    forwardedReads.flush();
  }

  private void append(int fromServerId, AppendRequest request) {
    if (request.term() < member.term()) {
      member.send(
          fromServerId,
          new AppendResponse(
              request.correlation(), member.term(), false, member.log().lastIndex() + 1));
      return;
    }
    boolean secondLeader =
        request.term() == member.term()
            && member.leaderServerId() != NO_LEADER
            && member.leaderServerId() != fromServerId;
    boolean impostor = fromServerId == member.selfServerId();
    if (secondLeader || impostor || !FollowerLog.isWellFormed(request)) {
      member.outbox().sendNow(fromServerId, new NoAnswer(request.correlation()));
      return;
    }
    adoptTerm(request.term());
    becomeFollower(fromServerId);
    election.leaderHeard();
    followerLog.take(fromServerId, request);
  }

  private void appendAnswered(int fromServerId, AppendResponse response) {
    adoptTerm(response.term());
    if (leadership != null && response.term() == member.term()) {
      leadership.answered(fromServerId, response);
      advanceCommit();
    }
  }

  private void preVoteAnswered(int fromServerId, PreVoteResponse response) {
    adoptTerm(response.term());
    if (member.role() == Role.PRE_CANDIDATE && election.decides(fromServerId, response)) {
      campaign(false);
    }
  }

  private void vote(int fromServerId, VoteRequest request) {
    if (election.refuses(request)) {
      member.send(fromServerId, new VoteResponse(request.correlation(), member.term(), false, 0));
      return;
    }
    boolean newTerm = adoptTerm(request.term());
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
    boolean accepted =
        request.term() == member.term()
            && member.leaderServerId() == fromServerId
            && leadership == null
            && election.mayLead();
    answerNotification(fromServerId, request.correlation(), accepted);
    if (accepted) {
      campaign(true);
    }
  }

  private void resign(int fromServerId, ResignRequest request) {
    boolean accepted =
        request.term() == member.term()
            && leadership != null
            && leadership.transferTo(fromServerId);
    answerNotification(fromServerId, request.correlation(), accepted);
  }

  private void answerNotification(int toServerId, long correlation, boolean accepted) {
    member.send(
        toServerId,
        new NotificationResponse(
            correlation, member.term(), accepted, member.log().lastIndex() + 1));
  }

  private void notificationAnswered(NotificationResponse response) {
    adoptTerm(response.term());
    if (leadership != null && !response.accepted()) {
      leadership.takeoverRefused(response.correlation());
    }
  }

  private void electionTimeout() {
    becomeFollower(NO_LEADER);
    if (!election.timedOut()) {
      return;
    }
    member.become(Role.PRE_CANDIDATE, NO_LEADER);
    if (election.startPreVote()) {
      campaign(false);
    }
  }

  private void campaign(boolean forced) {
    member.enterTerm(member.term() + 1);
    member.vote(member.selfServerId());
    member.become(Role.CANDIDATE, NO_LEADER);
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
    member.enterTerm(term);
    becomeFollower(NO_LEADER);
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
    while (leadership != null && leadership.advanceCommit()) {
      if (member.membership().isVoter(member.selfServerId())) {
        leadership.configChanged();
      } else {
        becomeFollower(NO_LEADER);
      }
    }
  }

  /** What this member is now. */
  public Role role() {
    return member.role();
  }

  /** The current term. */
  public long term() {
    return member.term();
  }

  /** Who leads the current term as far as known, {@link #NO_LEADER} if nobody. */
  public int leaderServerId() {
    return member.leaderServerId();
  }

  /** Highest index known to be committed. */
  public long commitIndex() {
    return member.commitIndex();
  }

  /** Highest index reported by {@link #applied}. */
  public long appliedIndex() {
    return member.appliedIndex();
  }

  /** The configuration in force. */
  public ClusterConfig config() {
    return member.membership().inForce();
  }

  /** Whom leadership is being handed to, {@link #NO_LEADER} if it is not or this is no leader. */
  public int transferTarget() {
    return leadership == null ? NO_LEADER : leadership.transferTarget();
  }

  /** What a leader knows of the others, empty otherwise. */
  public List<PeerStatus> peers() {
    return leadership == null ? List.of() : leadership.peers();
  }
}
