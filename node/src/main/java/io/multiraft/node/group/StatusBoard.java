package io.multiraft.node.group;

import io.multiraft.node.GroupStatus;
import io.multiraft.node.MemberProgress;
import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.PeerStatus;
import io.multiraft.node.raft.RaftConfig;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.Role;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;

/**
 * What a group shows of itself. Written on the group's loop, read from any thread. A change of
 * meaning (not of counters) goes to the node's {@link ChangeFeed}.
 */
final class StatusBoard {
  private static final long PROGRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** All that the shown status is made of besides the spec; compared in every turn, so cheap. */
  private record Meaning(
      Role role,
      int leaderServerId,
      long term,
      ClusterConfig config,
      boolean caughtUp,
      long snapshotIndex,
      List<MemberProgress> progress,
      Optional<String> failure) {}

  private GroupSpec spec;
  private final int serverId;
  private final ChangeFeed feed;
  private final RaftConfig raftConfig;
  private final IntPredicate nodeAnswers;
  private volatile GroupStatus shown;
  private volatile long commitIndex;
  private volatile long appliedIndex;
  private volatile long lastIndex;
  private long catchUpTarget = Long.MAX_VALUE;
  private long catchUpTerm;
  private boolean caughtUp;
  private Meaning meaning;

  /** With counters, newer than those in the meaning. */
  private volatile List<MemberProgress> progress = List.of();

  private List<MemberProgress> meaningOfProgress = List.of();
  private ClusterConfig progressConfig;
  private long progressSeenNanos;

  /**
   * @param nodeAnswers whether the node of the member with this server id answers
   */
  StatusBoard(GroupSpec spec, int serverId, GroupContext context, IntPredicate nodeAnswers) {
    this.nodeAnswers = nodeAnswers;
    this.spec = spec;
    this.serverId = serverId;
    this.feed = context.feed();
    this.raftConfig = context.raftConfig();
  }

  /** The leader of this term has shown its commit index: once it is applied, we have caught up. */
  void leaderShowed(long term, long leaderCommitIndex) {
    if (term > catchUpTerm) {
      catchUpTerm = term;
      catchUpTarget = leaderCommitIndex;
      caughtUp = false;
    }
  }

  /** The group has another owner; shown with the next update. */
  void become(GroupSpec owned) {
    spec = owned;
    meaning = null;
  }

  /** A member's node has come or gone: what is known of it is looked at with the next update. */
  void lookAgain() {
    progressConfig = null;
  }

  /** Takes over what the core and the log say now. */
  void update(
      RaftCore core,
      long applied,
      long last,
      long snapshotIndex,
      Optional<String> failure,
      long now) {
    commitIndex = core.commitIndex();
    appliedIndex = applied;
    lastIndex = last;
    boolean leaderKnown = core.leaderServerId() != RaftCore.NO_LEADER;
    if (core.role() == Role.LEADER) {
      leaderShowed(core.term(), last);
    }
    lookAtProgress(core, last, now);
    caughtUp = caughtUp || (catchUpTerm == core.term() && applied >= catchUpTarget);
    Meaning next =
        new Meaning(
            core.role(),
            core.leaderServerId(),
            core.term(),
            core.config(),
            leaderKnown && caughtUp,
            snapshotIndex,
            meaningOfProgress,
            failure);
    if (!next.equals(meaning)) {
      meaning = next;
      shown = status(core, meaning);
      feed.changed(spec.groupId());
    }
  }

  /** Not in every turn: it costs memory, and nobody needs it so exactly. */
  private void lookAtProgress(RaftCore core, long last, long now) {
    if (core.role() != Role.LEADER) {
      progress = List.of();
      meaningOfProgress = List.of();
      return;
    }
    boolean sameMembers = progressConfig == core.config();
    if (sameMembers && now - progressSeenNanos < PROGRESS_NANOS) {
      return;
    }
    progressConfig = core.config();
    progressSeenNanos = now;
    boolean quiet = core.isQuiet();
    progress = core.peers().stream().map(peer -> progress(peer, last, quiet)).toList();
    meaningOfProgress = progress.stream().map(MemberProgress::withoutCounter).toList();
  }

  private MemberProgress progress(PeerStatus peer, long last, boolean quiet) {
    boolean silent = !quiet && peer.silentNanos() >= 2 * raftConfig.electionTimeoutNanos();
    return new MemberProgress(
        peer.serverId(),
        !silent && nodeAnswers.test(peer.serverId()),
        last - peer.matchIndex() <= raftConfig.maxPromotionLagEntries(),
        peer.matchIndex());
  }

  /** Without the counters, which are no change of meaning. */
  private GroupStatus status(RaftCore core, Meaning shows) {
    ClusterConfig config = core.config();
    Optional<String> failure = shows.failure();
    OptionalInt leader =
        core.leaderServerId() == RaftCore.NO_LEADER || failure.isPresent()
            ? OptionalInt.empty()
            : OptionalInt.of(core.leaderServerId());
    OptionalInt leaderNode =
        leader.isEmpty()
            ? OptionalInt.empty()
            : config
                .server(leader.getAsInt())
                .flatMap(server -> NodeRef.fromAux(server.aux()))
                .map(node -> OptionalInt.of(node.nodeId()))
                .orElse(OptionalInt.empty());
    return new GroupStatus(
        spec.groupId(),
        spec.uid(),
        spec.name(),
        spec.namespace(),
        spec.deletionPolicy(),
        failure.isPresent() ? GroupStatus.State.FAILED : GroupStatus.State.RUNNING,
        serverId,
        failure.isPresent() ? Role.FOLLOWER : core.role(),
        core.term(),
        leader,
        leaderNode,
        shows.caughtUp() && failure.isEmpty(),
        config.logIndex(),
        config.highestServerId(),
        config.servers(),
        0,
        0,
        0,
        shows.snapshotIndex(),
        shows.progress(),
        failure);
  }

  boolean isLeader() {
    return shown.role() == Role.LEADER;
  }

  /** Whether this member leads in this term. */
  boolean leads(long term) {
    GroupStatus now = shown;
    return now.role() == Role.LEADER && now.term() == term;
  }

  /** What is shown, with the counters of this moment. */
  GroupStatus status() {
    GroupStatus now = shown;
    return new GroupStatus(
        now.groupId(),
        now.uid(),
        now.name(),
        now.namespace(),
        now.deletionPolicy(),
        now.state(),
        now.serverId(),
        now.role(),
        now.term(),
        now.leaderServerId(),
        now.leaderNodeId(),
        now.caughtUp(),
        now.configurationIndex(),
        now.highestServerId(),
        now.members(),
        commitIndex,
        appliedIndex,
        lastIndex,
        now.snapshotIndex(),
        now.progress().isEmpty() ? now.progress() : progress,
        now.failure());
  }
}
