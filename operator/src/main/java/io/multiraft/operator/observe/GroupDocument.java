package io.multiraft.operator.observe;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * A group as one node sees it (docs/admin-api.md).
 *
 * @param leaderServerId null while the node knows no leader
 * @param leaderNodeId null while the node knows no leader
 * @param highestServerId the highest server id that the group ever used
 * @param progress what a leader knows of the others; empty for everyone else
 * @param failure why the state is FAILED, else null
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record GroupDocument(
    int groupId,
    String uid,
    String name,
    String namespace,
    String deletionPolicy,
    String state,
    int serverId,
    String role,
    long term,
    Integer leaderServerId,
    Integer leaderNodeId,
    boolean caughtUp,
    long configurationIndex,
    int highestServerId,
    List<MemberDocument> members,
    List<ProgressDocument> progress,
    String failure) {

  public GroupDocument {
    members = members == null ? List.of() : List.copyOf(members);
    progress = progress == null ? List.of() : List.copyOf(progress);
  }

  /** Whether this replica serves: not failed, knows a leader, has caught up with it. */
  public boolean isServing() {
    return !isFailed() && caughtUp && leaderServerId != null;
  }

  public boolean isFailed() {
    return "FAILED".equals(state);
  }

  public boolean isLeader() {
    return !isFailed() && "LEADER".equals(role);
  }
}
