package io.multiraft.node.raft;

import java.util.List;
import java.util.Optional;
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
 * <p>A snapshot's bytes do not pass here: the core says who needs one and what one means, the
 * runtime sends, stores and restores it.
 *
 * <p>This class is the surface; {@link Roles} makes the transitions between roles, the rules are
 * with {@link Election}, {@link FollowerLog} and {@link Leadership}, on what {@link Member} knows.
 *
 * @see <a href="https://raft.github.io/raft.pdf">Raft</a>
 */
public final class RaftCore {
  /** As a server id: nobody. */
  public static final int NO_LEADER = -1;

  private final Member member;
  private final Roles roles;
  private final HandedOut handedOut;

  /**
   * Starts a member as a follower.
   *
   * @param config limits and times
   * @param selfServerId this member's server id
   * @param initialConfig in force until a snapshot or the log brings a committed configuration; one
   *     without this member for a member that joins: it does not campaign until the log makes it a
   *     voter
   * @param snapshot the newest durable snapshot, from which the state machine is restored
   * @param hardState as last made durable, {@link HardState#INITIAL} for a new member
   * @param log whatever it holds now is durable
   * @param random for election timeouts
   * @param nowNanos the time
   */
  public RaftCore(
      RaftConfig config,
      int selfServerId,
      ClusterConfig initialConfig,
      Optional<SnapshotMeta> snapshot,
      HardState hardState,
      RaftLog log,
      RandomGenerator random,
      long nowNanos) {
    member =
        new Member(config, selfServerId, initialConfig, snapshot, hardState, log, random, nowNanos);
    roles = new Roles(member, new Election(member, hardState.term() > 0));
    handedOut = new HandedOut(member, hardState);
  }

  /** A message arrives. A request is answered in one of the next Readys, possibly much later. */
  public void step(int fromServerId, RaftMessage message, long nowNanos) {
    member.timeIs(nowNanos);
    roles.step(fromServerId, message);
  }

  /** Time passes: does what is due. */
  public void tick(long nowNanos) {
    member.timeIs(nowNanos);
    roles.tick();
  }

  /**
   * Whether this member rests: {@link #tick} has nothing to do and {@link #nextDeadlineNanos} means
   * nothing until there is another input. The runtime watches the nodes meanwhile: for a follower
   * the leader's ({@link #leaderGone}), for a leader those of all members ({@link #nodeAnswers}).
   */
  public boolean isQuiet() {
    return roles.isQuiet();
  }

  /** Something is about to be asked of the group: this member watches its leader itself again. */
  public void wake(long nowNanos) {
    member.timeIs(nowNanos);
    roles.wake();
  }

  /**
   * The leader that this member rests under has gone: its node is not heard of, was started again,
   * or says that it does not lead this group in this term. Without effect if it does not rest.
   */
  public void leaderGone(long nowNanos) {
    member.timeIs(nowNanos);
    roles.leaderGone();
  }

  /**
   * The node of another member does not answer any more, or answers again. A leader leaves those
   * out that do not when the group rests.
   */
  public void nodeAnswers(int serverId, boolean answers, long nowNanos) {
    member.timeIs(nowNanos);
    roles.nodeAnswers(serverId, answers);
  }

  /** When {@link #tick} has something to do. Inputs may move it to later, seldom to earlier. */
  public long nextDeadlineNanos() {
    return roles.nextDeadlineNanos();
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
    return isLeader()
        ? roles.leadership().propose(entries)
        : new Proposal.NotLeader(member.leaderServerId());
  }

  /**
   * Asks for an index from which on a read is linearizable; a follower asks the leader. The answer
   * is in one of the next Readys.
   *
   * @param readId echoed by the answer
   */
  public void readIndex(long readId, long nowNanos) {
    member.timeIs(nowNanos);
    if (!isLeader()) {
      roles.wake();
      roles.forwardedReads().add(readId);
    } else if (!roles.leadership().read(new ReadRounds.Reader.Local(readId))) {
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
    return roles.transferLeadership(targetServerId);
  }

  /**
   * Proposes a change of the members if this member leads and the change is possible now. One at a
   * time: each takes effect when it is committed (wire protocol, section 8.2).
   *
   * @param expectedConfigIndex {@link ClusterConfig#logIndex} of the configuration that the caller
   *     means to change
   */
  public MembershipResult changeMembership(
      long expectedConfigIndex, MembershipChange change, long nowNanos) {
    member.timeIs(nowNanos);
    return isLeader()
        ? roles.leadership().change(expectedConfigIndex, change)
        : new MembershipResult.NotLeader(member.leaderServerId());
  }

  /**
   * A follower that {@link Ready#snapshotsWanted} named has stored a whole snapshot of this leader
   * and made it durable, or has all that is in it.
   *
   * @param index the last entry that is in the snapshot
   */
  public void snapshotSent(int serverId, long index, long nowNanos) {
    member.timeIs(nowNanos);
    if (isLeader()) {
      roles.leadership().replication().snapshotSent(serverId, index);
    }
  }

  /**
   * The snapshot for a follower that {@link Ready#snapshotsWanted} named could not be sent; it is
   * wanted again after a while, while the follower answers heartbeats.
   */
  public void snapshotFailed(int serverId, long nowNanos) {
    member.timeIs(nowNanos);
    if (isLeader()) {
      roles.leadership().replication().snapshotFailed(serverId);
    }
  }

  /**
   * A leader offers a snapshot: to be asked for each chunk of it. The term is taken over and the
   * leader counts as heard, so a Ready may follow; the chunk may be answered when that is durable.
   *
   * @param term the leader's
   */
  public SnapshotVerdict snapshotOffered(
      int fromServerId, long term, SnapshotMeta snapshot, long nowNanos) {
    member.timeIs(nowNanos);
    return roles.snapshotOffered(fromServerId, term, snapshot);
  }

  /**
   * A snapshot is stored, verified and durable: it raises the commit index, and takes the place of
   * the log unless the log has its last entry; {@link Ready#installed} names it if it did. From now
   * on it is the newest one, for {@link RaftLog} and for the next start.
   *
   * @param term the leader's who sent it
   * @return false if this member does not need it: it is to be deleted
   */
  public boolean installSnapshot(
      int fromServerId, long term, SnapshotMeta snapshot, long nowNanos) {
    member.timeIs(nowNanos);
    return roles.installSnapshot(fromServerId, term, snapshot);
  }

  /**
   * The transport knows that requests to this server that are unanswered will stay so. Calling it
   * is not needed for progress, only for speed.
   */
  public void connectionLost(int serverId, long nowNanos) {
    member.timeIs(nowNanos);
    roles.connectionLost(serverId);
  }

  /**
   * The Ready with this sequence and all before it are durable. Readys with nothing to persist may
   * be left out.
   */
  public void persisted(long readySequence, long nowNanos) {
    member.timeIs(nowNanos);
    member.durability().persisted(readySequence);
    roles.persisted();
  }

  /** The state machine has applied everything up to {@code index}. */
  public void applied(long index) {
    member.applied(index);
  }

  /** Whether {@link #takeReady} has anything to hand out; to be asked once for many inputs. */
  public boolean hasReady() {
    roles.flush();
    return handedOut.hasNews();
  }

  /** Hands out what has to be done. */
  public Ready takeReady() {
    roles.flush();
    return handedOut.next();
  }

  private boolean isLeader() {
    return roles.leadership() != null;
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

  /**
   * The configuration for a snapshot that ends at {@code index}: in force there.
   *
   * @param index not below {@link #appliedIndex} and not above {@link #commitIndex}
   */
  public ClusterConfig configAt(long index) {
    return member.membership().at(index);
  }

  /** Whom leadership is being handed to, {@link #NO_LEADER} if it is not or this is no leader. */
  public int transferTarget() {
    return isLeader() ? roles.leadership().handover().target() : NO_LEADER;
  }

  /** What a leader knows of the others, empty otherwise. */
  public List<PeerStatus> peers() {
    return isLeader() ? roles.leadership().peers() : List.of();
  }
}
