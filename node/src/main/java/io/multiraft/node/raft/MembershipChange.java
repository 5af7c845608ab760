package io.multiraft.node.raft;

import java.util.Objects;

/**
 * One step from a configuration to the next; {@link RaftCore#changeMembership} takes one a time.
 */
public sealed interface MembershipChange {
  /** The member that is changed. */
  int serverId();

  /**
   * A new member, which receives the log and does not vote.
   *
   * @param server with a server id above every one that the group ever had
   */
  record AddLearner(ServerConfig server) implements MembershipChange {
    public AddLearner {
      Objects.requireNonNull(server, "server");
      if (server.isVoter()) {
        throw new IllegalArgumentException("a new member is a learner first");
      }
    }

    @Override
    public int serverId() {
      return server.serverId();
    }
  }

  /** A learner becomes a voter, once it has caught up. */
  record Promote(int serverId) implements MembershipChange {}

  /** A voter becomes a learner. */
  record Demote(int serverId) implements MembershipChange {}

  /**
   * A member is none any more. A leader that removes itself hands over once that is committed. The
   * removed member's data may be deleted only once a leader that is still a member reports the new
   * configuration: until then others may know only the old one, and need its vote.
   */
  record Remove(int serverId) implements MembershipChange {}

  /**
   * Another priority of becoming leader.
   *
   * @param priority 0 and up
   */
  record SetPriority(int serverId, int priority) implements MembershipChange {
    public SetPriority {
      if (priority < 0) {
        throw new IllegalArgumentException("priority must not be negative: " + priority);
      }
    }
  }
}
