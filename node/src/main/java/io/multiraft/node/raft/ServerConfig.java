package io.multiraft.node.raft;

import java.util.Objects;

/**
 * A member of a group (wire protocol, section 5.1).
 *
 * @param serverId from the group's counter, never used again; 1 and up
 * @param dcId data centre, carried for old peers, 0 by default
 * @param endpoint {@code host:port} of the node
 * @param aux node id and incarnation of the node for a Multiraft member, see {@link NodeRef}
 * @param learner receives the log, does not vote
 * @param newJoiner an old peer's mark of a member that still catches up
 * @param priority of becoming leader, 0 for never, 1 by default
 */
public record ServerConfig(
    int serverId,
    int dcId,
    String endpoint,
    String aux,
    boolean learner,
    boolean newJoiner,
    int priority) {
  public ServerConfig {
    Objects.requireNonNull(endpoint, "endpoint");
    Objects.requireNonNull(aux, "aux");
  }

  /** A voter of default priority. */
  public static ServerConfig voter(int serverId, String endpoint, String aux) {
    return new ServerConfig(serverId, 0, endpoint, aux, false, false, 1);
  }

  /** Whether this member counts for elections and commits. */
  public boolean isVoter() {
    return !learner && !newJoiner;
  }

  /** The same member as a voter. */
  ServerConfig asVoter() {
    return new ServerConfig(serverId, dcId, endpoint, aux, false, false, priority);
  }

  /** The same member as a learner. */
  public ServerConfig asLearner() {
    return new ServerConfig(serverId, dcId, endpoint, aux, true, false, priority);
  }

  /** The same member with another priority. */
  ServerConfig withPriority(int newPriority) {
    return new ServerConfig(serverId, dcId, endpoint, aux, learner, newJoiner, newPriority);
  }
}
