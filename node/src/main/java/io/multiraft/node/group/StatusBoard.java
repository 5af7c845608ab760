package io.multiraft.node.group;

import io.multiraft.node.GroupStatus;
import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.Role;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a group shows of itself. Written on the group's loop, read from any thread. A change of
 * meaning (not of counters) goes to the node's {@link ChangeFeed}.
 */
final class StatusBoard {
  /** All that the shown status is made of besides the spec; compared in every turn, so cheap. */
  private record Meaning(
      Role role,
      int leaderServerId,
      long term,
      ClusterConfig config,
      boolean caughtUp,
      Optional<String> failure) {}

  private final GroupSpec spec;
  private final int serverId;
  private final ChangeFeed feed;
  private volatile GroupStatus shown;
  private volatile long commitIndex;
  private volatile long appliedIndex;
  private volatile long lastIndex;
  private long catchUpTarget = Long.MAX_VALUE;
  private long catchUpTerm;
  private boolean caughtUp;
  private Meaning meaning;

  StatusBoard(GroupSpec spec, int serverId, ChangeFeed feed) {
    this.spec = spec;
    this.serverId = serverId;
    this.feed = feed;
  }

  /** The leader of this term has shown its commit index: once it is applied, we have caught up. */
  void leaderShowed(long term, long leaderCommitIndex) {
    if (term > catchUpTerm) {
      catchUpTerm = term;
      catchUpTarget = leaderCommitIndex;
      caughtUp = false;
    }
  }

  /** Takes over what the core and the log say now. */
  void update(RaftCore core, long applied, long last, Optional<String> failure) {
    commitIndex = core.commitIndex();
    appliedIndex = applied;
    lastIndex = last;
    boolean leaderKnown = core.leaderServerId() != RaftCore.NO_LEADER;
    if (core.role() == Role.LEADER) {
      leaderShowed(core.term(), last);
    }
    caughtUp = caughtUp || (catchUpTerm == core.term() && applied >= catchUpTarget);
    Meaning now =
        new Meaning(
            core.role(),
            core.leaderServerId(),
            core.term(),
            core.config(),
            leaderKnown && caughtUp,
            failure);
    if (!now.equals(meaning)) {
      meaning = now;
      shown = status(core, now.caughtUp(), failure);
      feed.changed(spec.groupId());
    }
  }

  /** Without the counters, which are no change of meaning. */
  private GroupStatus status(RaftCore core, boolean current, Optional<String> failure) {
    ClusterConfig config = core.config();
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
        current && failure.isEmpty(),
        config.logIndex(),
        config.servers(),
        0,
        0,
        0,
        failure);
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
        now.members(),
        commitIndex,
        appliedIndex,
        lastIndex,
        now.failure());
  }
}
