package io.multiraft.node.group;

import io.multiraft.node.CommittedEntry;
import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.Proposal;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.ServerConfig;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings a group's commands to its leader: into the core here, or as a client request to the member
 * that leads. Bounds what one group may have waiting. Used on the group's event loop, but for
 * {@link #admit}.
 */
final class Proposer {
  /** What a waiting command costs besides its payload, so that empty ones are bounded too. */
  private static final int COMMAND_OVERHEAD_BYTES = 256;

  private final Group group;
  private final RaftCore core;
  private final GroupContext context;
  private final ProposalQueue queue = new ProposalQueue();
  private final AtomicLong queuedBytes = new AtomicLong();

  Proposer(Group group, RaftCore core, GroupContext context) {
    this.group = group;
    this.core = core;
    this.context = context;
  }

  /**
   * Counts a command of a caller in; one that is too much fails at once. Any thread.
   *
   * @return the command on its way, empty if it was refused
   */
  Optional<PendingProposal> admit(
      byte[] command, long deadlineNanos, CompletableFuture<byte[]> to) {
    LogEntry entry = LogEntry.checked(EntryType.APP_LOG, command);
    return admit(new PendingProposal(entry, deadlineNanos, true, to));
  }

  private Optional<PendingProposal> admit(PendingProposal proposal) {
    if (group.isStuck()) {
      proposal.fail(Reason.OVERLOADED, "the state machine of " + group + " does not get on");
      return Optional.empty();
    }
    if (context.noSpace().getAsBoolean()) {
      proposal.fail(Reason.NO_SPACE, "the disk of this node is nearly full");
      return Optional.empty();
    }
    long bytes = proposal.bytes() + COMMAND_OVERHEAD_BYTES;
    if (queuedBytes.addAndGet(bytes) > context.maxQueuedBytes()
        || context.logOverloaded().getAsBoolean()) {
      queuedBytes.addAndGet(-bytes);
      proposal.fail(Reason.OVERLOADED, "too many writes wait in " + group);
      return Optional.empty();
    }
    proposal.result().whenComplete((done, failed) -> queuedBytes.addAndGet(-bytes));
    return Optional.of(proposal);
  }

  /** An admitted command is proposed at the end of this turn. */
  void gather(PendingProposal proposal) {
    queue.gather(proposal);
  }

  /**
   * Commands that another member passed on; they go no further than this one.
   *
   * @return completes with the last one's result
   */
  CompletableFuture<byte[]> gatherForwarded(List<LogEntry> commands, long deadlineNanos) {
    CompletableFuture<byte[]> last = new CompletableFuture<>();
    for (LogEntry command : commands) {
      last = new CompletableFuture<>();
      admit(new PendingProposal(command, deadlineNanos, false, last)).ifPresent(queue::gather);
    }
    return last;
  }

  /** The command was surely not written; it waits for a leader to appear. */
  void waitForLeader(PendingProposal proposal) {
    queue.waitForLeader(proposal);
  }

  /** What waited for a leader is tried again. */
  void leaderAppeared() {
    queue.leaderAppeared();
  }

  /** Hands the core what was gathered, as one batch. */
  void propose(long now) {
    List<PendingProposal> gathered = queue.takeGathered();
    if (gathered.isEmpty()) {
      return;
    }
    Proposal outcome = core.propose(gathered.stream().map(PendingProposal::entry).toList(), now);
    if (outcome instanceof Proposal.Appended appended) {
      queue.appended(gathered, appended.firstIndex(), appended.term());
    } else if (outcome instanceof Proposal.Overloaded) {
      gathered.forEach(
          proposal -> proposal.fail(Reason.OVERLOADED, "too many writes wait in " + group));
    } else if (outcome instanceof Proposal.NotLeader notLeader) {
      core.wake(now); // a leader that does not take them must be replaced
      Optional<ServerConfig> leader =
          core.role() == Role.LEADER // it is handing over
              ? Optional.empty()
              : core.config().server(notLeader.leaderServerId());
      gathered.forEach(proposal -> passOn(proposal, leader));
    }
  }

  private void passOn(PendingProposal proposal, Optional<ServerConfig> leader) {
    if (!proposal.forwardable()) {
      proposal.fail(Reason.NOT_LEADER, group + " is not led here");
    } else if (leader.isEmpty()) {
      queue.waitForLeader(proposal);
    } else {
      Forwarding.forward(group, context.peers(), leader.get(), proposal);
    }
  }

  /** The state machine has answered these commands and stands at {@code lastIndex}. */
  void applied(long lastIndex, List<CommittedEntry> commands, List<byte[]> results) {
    for (int i = 0; i < commands.size(); i++) {
      CommittedEntry command = commands.get(i);
      queue.applied(command.index(), command.term(), results.get(i));
    }
    queue.appliedUpTo(lastIndex);
  }

  /** The state machine stands at {@code index} without having answered anything. */
  void replacedUpTo(long index) {
    queue.replacedUpTo(index);
  }

  /** Tells those whose time is over; whether any command still waits. */
  boolean expire(long nowNanos) {
    return queue.expire(nowNanos);
  }

  /** The member ends here. */
  void stop(String why) {
    queue.stop(why);
  }
}
