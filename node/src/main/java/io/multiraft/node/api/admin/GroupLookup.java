package io.multiraft.node.api.admin;

import io.multiraft.node.GroupStatus;
import io.multiraft.node.RaftServer;
import io.multiraft.node.group.GroupManager;
import io.multiraft.node.group.Refusal;
import io.multiraft.node.group.RefusedException;
import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.ServerConfig;
import java.util.Optional;

/** Finds the group that a call is about, or the problem that it is answered with. */
final class GroupLookup {
  private final GroupManager groups;

  GroupLookup(GroupManager groups) {
    this.groups = groups;
  }

  /** The member of a group here, of any owner. */
  RaftServer member(int groupId) {
    return groups.byId(groupId).orElseThrow(() -> absent(groupId));
  }

  /** The member of a group here, which must belong to {@code uid}. */
  RaftServer member(int groupId, String uid) {
    RaftServer server = member(groupId);
    String owner = server.status().uid();
    if (!owner.equals(uid)) {
      throw new RefusedException(
          Refusal.OTHER_UID, "group %d belongs to uid %s".formatted(groupId, owner));
    }
    return server;
  }

  /** The same, and it must lead the group; the problem names who does. */
  RaftServer leader(int groupId, String uid) {
    RaftServer server = member(groupId, uid);
    if (server.status().role() != Role.LEADER) {
      throw notLeader(server.status());
    }
    return server;
  }

  /** What a member that does not lead answers. */
  static ProblemException notLeader(GroupStatus status) {
    Optional<ServerConfig> leader =
        status.members().stream()
            .filter(member -> member.serverId() == status.leaderServerId().orElse(0))
            .filter(member -> member.serverId() != status.serverId())
            .findFirst();
    String detail =
        "server %d does not lead, %s"
            .formatted(
                status.serverId(),
                leader
                    .map(known -> "server %d does; ask there".formatted(known.serverId()))
                    .orElse("and knows no leader; ask again later"));
    return new ProblemException(
        Problem.of(409, Refusal.NOT_LEADER.code(), detail)
            .withLeader(leader.map(Documents.Member::of)));
  }

  /** The group's document as it is now. */
  Documents.Group document(int groupId) {
    return Documents.Group.of(member(groupId).status(), true);
  }

  private ProblemException absent(int groupId) {
    return groups.isRemoved(groupId)
        ? new ProblemException(404, "removed-group", "group " + groupId + " was removed here")
        : new ProblemException(404, "unknown-group", "group " + groupId + " is not here");
  }
}
