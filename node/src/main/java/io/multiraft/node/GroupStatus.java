package io.multiraft.node;

import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.ServerConfig;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a member knows about its group; the group document of the admin API.
 *
 * @param groupId the group's id
 * @param uid uid of the resource that made the group
 * @param name the group's name
 * @param namespace the namespace of its name
 * @param deletionPolicy what happens to the group when its resource is deleted, as it was given
 * @param state whether the member runs here
 * @param serverId this member's id in the group
 * @param role this member's role
 * @param term current term
 * @param leaderServerId the leader, empty while none is known
 * @param leaderNodeId the leader's node, empty while none is known
 * @param caughtUp a leader is known and this replica has applied what was committed when it last
 *     heard from it
 * @param configurationIndex log index of the configuration in force, 0 for the one of bootstrap
 * @param highestServerId the highest server id that the group ever used, as far as this member
 *     knows; a new member needs a higher one
 * @param members the configuration in force
 * @param commitIndex highest index known to be committed
 * @param appliedIndex highest index applied by the state machine
 * @param lastIndex highest index in this member's log
 * @param snapshotIndex the last index in the newest durable snapshot here, 0 for none
 * @param progress what a leader knows of the others, empty for everyone else
 * @param failure why the member has failed, empty while it runs
 */
public record GroupStatus(
    int groupId,
    String uid,
    String name,
    String namespace,
    String deletionPolicy,
    State state,
    int serverId,
    Role role,
    long term,
    OptionalInt leaderServerId,
    OptionalInt leaderNodeId,
    boolean caughtUp,
    long configurationIndex,
    int highestServerId,
    List<ServerConfig> members,
    long commitIndex,
    long appliedIndex,
    long lastIndex,
    long snapshotIndex,
    List<MemberProgress> progress,
    Optional<String> failure) {

  /** Whether a member runs. */
  public enum State {
    RUNNING,
    FAILED
  }

  public GroupStatus {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(state, "state");
    members = List.copyOf(members);
    progress = List.copyOf(progress);
    if ((state == State.FAILED) != failure.isPresent()) {
      throw new IllegalArgumentException(
          "a failed group says why, a running one has no failure: " + state + ", " + failure);
    }
  }
}
