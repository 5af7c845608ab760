package io.multiraft.node.group;

import io.multiraft.node.CommittedEntry;
import io.multiraft.node.GroupStatus;
import io.multiraft.node.RaftException;
import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.RaftServer;
import io.multiraft.node.StateMachine;
import io.multiraft.node.log.GroupLog;
import io.multiraft.node.log.HeldBack;
import io.multiraft.node.port.RaftCaller;
import io.multiraft.node.port.RaftGroupDispatcher;
import io.multiraft.node.port.Responder;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.MembershipChange;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.RaftMessage;
import io.multiraft.node.raft.ReadResult;
import io.multiraft.node.raft.Ready;
import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.SnapshotMeta;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.QuietCheck;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One group's member: drives its core on the event loop it is pinned to, carries messages between
 * core and peers, keeps what must wait for the disk, and answers the code that embeds the node.
 */
final class Group implements RaftServer, RaftGroupDispatcher.Handler, LoopMember {
  private static final Logger LOG = LoggerFactory.getLogger(Group.class);

  private volatile GroupSpec spec;
  private final int serverId;
  private final GroupContext context;
  private final GroupLoop loop;
  private final GroupLog log;
  private final RaftCore core;
  private final MachineRunner runner;
  private final GroupSnapshots snapshots;
  private final StatusBoard board;
  private final ReadQueue reads = new ReadQueue();
  private final LeadershipTransfers transfers = new LeadershipTransfers();
  private final MembershipCalls membershipCalls;
  private final IncomingRequests incoming;
  private final Messenger messenger;
  private final Proposer proposer;
  private final DeadlineTimer timer;
  private final GroupRest rest;
  private final Inbox inbox = new Inbox();

  /** What waits for this turn's Readys to be durable. */
  private final List<Runnable> whenDurable = new ArrayList<>(1);

  private long appliedIndex;
  private Optional<String> failure = Optional.empty();
  private volatile boolean resting;
  private boolean stopped;
  private ResultCode stopCode = ResultCode.UNKNOWN_GROUP;

  Group(
      GroupSpec spec,
      int serverId,
      HardState hardState,
      Optional<SnapshotMeta> snapshot,
      GroupLog log,
      StateMachineFactory stateMachines,
      GroupLoop loop,
      GroupContext context) {
    this.spec = spec;
    this.serverId = serverId;
    this.context = context;
    this.loop = loop;
    this.log = log;
    this.incoming = new IncomingRequests(serverId);
    this.board = new StatusBoard(spec, serverId, context, this::nodeAnswers);
    this.core =
        new RaftCore(
            context.raftConfig(),
            serverId,
            spec.initialConfig(),
            snapshot,
            hardState,
            log,
            context.random().get(),
            loop.nanoTime());
    this.messenger =
        new Messenger(
            spec.groupId(),
            serverId,
            core,
            context.peers(),
            incoming,
            this::whileRunning,
            context.health(),
            loop::nanoTime);
    this.membershipCalls = new MembershipCalls(core, log);
    this.rest = new GroupRest(spec.groupId(), core, context.nodes());
    this.proposer = new Proposer(this, core, context);
    this.timer = new DeadlineTimer(loop.timers(), late -> loop.execute(this, this::tick));
    AppliedPoint beginning = AppliedPoint.beginning(spec.initialConfig());
    SavedSnapshots saved =
        new SavedSnapshots(spec.groupId(), context.snapshots().store(), log, beginning, snapshot);
    this.runner =
        new MachineRunner(
            toString(),
            () -> stateMachines.create(spec.groupId()),
            beginning,
            saved,
            log,
            context.pools(),
            action -> loop.execute(this, action),
            new MachineOutcome());
    this.snapshots =
        new GroupSnapshots(this, core, runner, saved, log, loop, context, whenDurable::add);
    updateBoard(loop.nanoTime());
  }

  private boolean nodeAnswers(int serverId) {
    return rest.answers(serverId);
  }

  private void updateBoard(long now) {
    board.update(core, appliedIndex, log.lastIndex(), snapshots.index(), failure, now);
  }

  /** Begins to run; called once. */
  void start() {
    loop.add(this);
    loop.execute(
        this,
        () -> {
          runner.committed(core.commitIndex());
          loop.markDirty(this);
        });
  }

  int serverId() {
    return serverId;
  }

  /** Where the next entry would stand in the log. */
  long nextIndex() {
    return log.lastIndex() + 1;
  }

  /** Something waits that may run out of time. */
  void waits() {
    loop.markWaiting(this);
  }

  @Override
  public Inbox inbox() {
    return inbox;
  }

  /**
   * Something is new about another node. On the loop.
   *
   * @param restarted whether it was started again, so that its member may have forgotten all
   */
  void nodeChanged(PeerNode node, boolean restarted) {
    board.lookAgain();
    if (!stopped && rest.nodeChanged(node, restarted, loop.nanoTime())) {
      loop.markDirty(this);
    }
  }

  /** How this member rests under a leader on that node, if it does. On the loop. */
  Optional<QuietCheck.Resting> restingUnder(PeerNode node) {
    return stopped ? Optional.empty() : rest.under(node);
  }

  /** That node says that it does not lead this group in this term. On the loop. */
  void notLedIn(PeerNode node, long term) {
    if (restingUnder(node).filter(resting -> resting.term() == term).isPresent()) {
      core.leaderGone(loop.nanoTime());
      loop.markDirty(this);
    }
  }

  /** Whether the member rests. Any thread. */
  boolean isResting() {
    return resting;
  }

  /** Whether this member leads now. Any thread. */
  boolean isLeader() {
    return board.isLeader();
  }

  /** Whether this member leads as this server in this term, as last shown. Any thread. */
  boolean leads(int asServerId, long term) {
    return asServerId == serverId && board.leads(term);
  }

  /** Another owner was made durable; completes when the status shows it. Any thread. */
  CompletableFuture<Void> become(GroupSpec owned) {
    CompletableFuture<Void> shown = new CompletableFuture<>();
    loop.execute(
        this,
        () -> {
          spec = owned;
          board.become(owned);
          updateBoard(loop.nanoTime());
          shown.complete(null);
        });
    return shown;
  }

  GroupSpec spec() {
    return spec;
  }

  @Override
  public GroupLog log() {
    return log;
  }

  @Override
  public StateMachine stateMachine() {
    return runner.machine();
  }

  @Override
  public int groupId() {
    return spec.groupId();
  }

  @Override
  public GroupStatus status() {
    return board.status();
  }

  @Override
  public CompletableFuture<byte[]> append(byte[] command) {
    CompletableFuture<byte[]> result = new CompletableFuture<>();
    proposer
        .admit(command, deadlineNanos(), result)
        .ifPresent(proposal -> whileRunning(() -> proposer.gather(proposal), result));
    return result;
  }

  /** Runs an action that may give the core something to say, unless the member has stopped. */
  private void whileRunning(Runnable action) {
    whileRunning(action, stoppedAlready -> {});
  }

  private void whileRunning(Runnable action, Consumer<RaftException> refused) {
    loop.execute(
        this,
        () -> {
          if (stopped) {
            refused.accept(new RaftException(Reason.STOPPED, this + " has stopped"));
          } else {
            action.run();
            loop.markDirty(this);
          }
        });
  }

  /** Like {@link #whileRunning(Runnable, Consumer)} for what waits and may run out of time. */
  private void whileRunning(Runnable action, CompletableFuture<?> waiting) {
    whileRunning(
        () -> {
          action.run();
          loop.markWaiting(this);
        },
        waiting::completeExceptionally);
  }

  /** The proposal was surely not written; it waits for a leader to appear. Any thread. */
  void proposeLater(PendingProposal proposal) {
    whileRunning(() -> proposer.waitForLeader(proposal), proposal.result());
  }

  @Override
  public CompletableFuture<Void> readBarrier() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    long deadlineNanos = deadlineNanos();
    whileRunning(() -> reads.gather(done, deadlineNanos), done);
    return done;
  }

  @Override
  public CompletableFuture<Integer> transferLeadership(OptionalInt targetServerId) {
    CompletableFuture<Integer> done = new CompletableFuture<>();
    long timeoutNanos = 3 * context.raftConfig().electionTimeoutNanos();
    whileRunning(
        () -> transfers.begin(core, targetServerId.orElse(0), done, loop.nanoTime(), timeoutNanos),
        done);
    return done;
  }

  @Override
  public CompletableFuture<Long> changeMembership(
      long expectedConfigurationIndex, MembershipChange change) {
    CompletableFuture<Long> done = new CompletableFuture<>();
    long deadlineNanos = deadlineNanos();
    whileRunning(
        () ->
            membershipCalls.begin(
                expectedConfigurationIndex, change, done, loop.nanoTime(), deadlineNanos),
        done);
    return done;
  }

  @Override
  public CompletableFuture<Long> snapshot() {
    CompletableFuture<Long> taken = new CompletableFuture<>();
    whileRunning(() -> snapshots.request(taken), taken::completeExceptionally);
    return taken.thenApply(
        index -> {
          updateBoard(loop.nanoTime()); // who is told of it looks at the status next
          return index;
        });
  }

  /** The node's log has grown too large because of this group. Any thread. */
  void letGo(HeldBack.Remedy remedy) {
    whileRunning(
        () -> {
          if (remedy == HeldBack.Remedy.REWRITE) {
            log.rewriteTail();
          } else {
            snapshots.request(new CompletableFuture<>());
          }
        });
  }

  private long deadlineNanos() {
    return loop.nanoTime() + context.requestTimeoutNanos();
  }

  @Override
  public void onRequest(RequestFrame request, RaftCaller caller, Responder responder) {
    loop.execute(this, () -> step(request, caller, responder));
  }

  private void step(RequestFrame request, RaftCaller caller, Responder responder) {
    if (stopped) {
      responder.respond(ResponseFrame.refusal(request, stopCode));
      return;
    }
    if (request.type() == MessageType.CLIENT_REQUEST) {
      clientRequest(request, responder);
      return;
    }
    if (!incoming.admits(request, caller, core.config(), responder)) {
      return;
    }
    if (request.type() == MessageType.INSTALL_SNAPSHOT_REQUEST) {
      snapshots.received(request, responder);
      return;
    }
    Optional<RaftMessage.Request> message = incoming.take(request, responder);
    if (message.isEmpty()) {
      return;
    }
    if (message.get() instanceof RaftMessage.QuiesceRequest) {
      rest.asked(caller.bootNumber());
    }
    core.step(request.sourceId(), message.get(), loop.nanoTime());
    if (message.get() instanceof RaftMessage.AppendRequest append && append.term() == core.term()) {
      board.leaderShowed(append.term(), append.commitIndex());
    }
    loop.markDirty(this);
  }

  private void clientRequest(RequestFrame request, Responder responder) {
    if (!IncomingRequests.isProposal(request)) {
      ResponseFrame answer =
          ResponseFrame.to(request, serverId, core.term(), 0, false)
              .withResultCode(ResultCode.BAD_REQUEST);
      responder.respond(answer);
      return;
    }
    CompletableFuture<byte[]> result = proposer.gatherForwarded(request.entries(), deadlineNanos());
    incoming.answerWhenDone(request, responder, result, core);
    loop.markWaiting(this);
    loop.markDirty(this);
  }

  /**
   * Hands the core what was gathered and takes its Readys.
   *
   * @return the last Ready that has something to be made durable, 0 if none
   */
  @Override
  public long collect() {
    if (stopped) {
      return 0;
    }
    long now = loop.nanoTime();
    proposer.propose(now);
    reads.takeQuestion().ifPresent(readId -> core.readIndex(readId, now));
    long persist = 0;
    while (!stopped && core.hasReady()) {
      Ready ready = core.takeReady();
      if (ready.mustPersist()) {
        persist = ready.sequence();
        messenger.persisting(persist);
      }
      handle(ready, now);
    }
    if (!whenDurable.isEmpty()) {
      whenDurable.forEach(messenger::whenDurable);
      whenDurable.clear();
    }
    if (!stopped) {
      updateBoard(now); // first: who is told of a change looks at the status next
      membershipCalls.check(now);
      transfers.check(core, now);
      if (rest.update(serverId, now)) {
        loop.markDirty(this);
      }
      setTimer();
    }
    return persist;
  }

  private void setTimer() {
    resting = core.isQuiet();
    if (core.isQuiet()) {
      timer.stop();
    } else {
      timer.set(core.nextDeadlineNanos());
    }
  }

  private void handle(Ready ready, long now) {
    if (ready.hardState() != null) {
      log.stage(ready.hardState());
    }
    messenger.send(ready.messages());
    messenger.sendWhenDurable(ready.durableMessages());
    for (ReadResult read : ready.reads()) {
      reads.answered(read, appliedIndex);
    }
    snapshots.handle(ready);
    runner.committed(ready.commitIndex());
    if (ready.stateChanged()) {
      stateChanged(now);
    }
  }

  private void stateChanged(long now) {
    if (core.role() == Role.LEADER) {
      LOG.debug("{} leads term {}", this, core.term());
      rest.leads(now);
    }
    if (core.leaderServerId() != RaftCore.NO_LEADER) {
      proposer.leaderAppeared();
      reads.askAgain();
      loop.markDirty(this);
    }
  }

  /** The log has made everything up to this Ready durable. */
  @Override
  public void durable(long sequence) {
    if (stopped) {
      return;
    }
    core.persisted(sequence, loop.nanoTime());
    messenger.durable(sequence);
    loop.markDirty(this);
  }

  /** Behind what has arrived before: it may say that the leader lives. */
  private void tick() {
    long now = loop.nanoTime();
    if (!stopped && !core.isQuiet()) {
      if (core.nextDeadlineNanos() - now <= 0) {
        core.tick(now);
        loop.markDirty(this);
      } else {
        setTimer();
      }
    }
  }

  /** Ends waits that have lasted too long; whether anything still waits. */
  @Override
  public boolean expire(long now) {
    transfers.check(core, now);
    membershipCalls.check(now);
    if (core.leaderServerId() != RaftCore.NO_LEADER) {
      proposer.leaderAppeared();
      reads.askAgain();
      loop.markDirty(this);
    }
    boolean commandsWait = proposer.expire(now);
    boolean readsWait = reads.expire(now);
    boolean snapshotWaits = snapshots.expire(now);
    return commandsWait
        || readsWait
        || snapshotWaits
        || !transfers.isEmpty()
        || !membershipCalls.isEmpty();
  }

  /**
   * Ends this member: it says and writes nothing any more. Any thread.
   *
   * @param code what late requests are told
   */
  CompletableFuture<Void> stop(ResultCode code) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.execute(
        this,
        () -> {
          stopCode = code;
          stopHere("removed or stopped");
          done.complete(null);
        });
    return done;
  }

  /** Gives the log's memory back once the member is gone for good. Any thread. */
  void release() {
    loop.execute(this, log::close);
  }

  private void stopHere(String why) {
    if (stopped) {
      incoming.stop(stopCode);
      return;
    }
    stopped = true;
    if (core.role() == Role.LEADER) {
      messenger.farewell();
    }
    timer.stop();
    snapshots.stop();
    rest.stop();
    resting = false;
    loop.remove(this);
    runner.stop();
    String message = this + " has stopped: " + why;
    proposer.stop(message);
    reads.stop(message);
    transfers.stop(message);
    membershipCalls.stop(message);
    incoming.stop(stopCode);
    messenger.stop();
  }

  /** An action of this group threw: nothing it says can be trusted any more. On the loop. */
  @Override
  public void crashed(Throwable cause) {
    fail("internal error: " + cause, cause);
  }

  private void fail(String why, Throwable cause) {
    LOG.error("{} fails: {}", this, why, cause);
    failure = Optional.of(why);
    stopHere(why);
    updateBoard(loop.nanoTime());
  }

  @Override
  public String toString() {
    return "group " + spec.groupId() + " (" + spec.namespace() + "/" + spec.name() + ")";
  }

  /**
   * Whether the state machine has been at work on a few entries for so long that more is refused.
   */
  boolean isStuck() {
    return runner.applyingNanos(loop.nanoTime()) > context.maxApplyNanos();
  }

  /** Takes what the state machine did. */
  private final class MachineOutcome implements MachineRunner.Outcome {
    @Override
    public void applied(AppliedPoint now, List<CommittedEntry> commands, List<byte[]> results) {
      proposer.applied(now.index(), commands, results);
      appliedIndex = now.index();
      core.applied(appliedIndex);
      reads.applied(appliedIndex);
      snapshots.applied(commands);
      loop.markDirty(Group.this);
    }

    @Override
    public void restored(AppliedPoint now) {
      appliedIndex = now.index();
      core.applied(appliedIndex);
      proposer.replacedUpTo(appliedIndex);
      reads.applied(appliedIndex);
      loop.markDirty(Group.this);
    }

    @Override
    public void failed(String why, Throwable cause) {
      fail(why, cause);
    }
  }
}
