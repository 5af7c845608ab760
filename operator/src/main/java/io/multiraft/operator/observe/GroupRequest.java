package io.multiraft.operator.observe;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * One group of {@code PUT /v1/groups} (docs/admin-api.md).
 *
 * @param serverId of the new member in mode join, else null
 * @param members in mode bootstrap the same list on every node of the group, in mode join those
 *     that are known
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GroupRequest(
    int groupId,
    String uid,
    String name,
    String namespace,
    String mode,
    String deletionPolicy,
    Integer serverId,
    List<MemberDocument> members) {

  /** A new, empty member of an existing group. */
  public static GroupRequest join(
      int groupId,
      String uid,
      String name,
      String namespace,
      String deletionPolicy,
      int serverId,
      List<MemberDocument> members) {
    return new GroupRequest(
        groupId, uid, name, namespace, "join", deletionPolicy, serverId, List.copyOf(members));
  }

  public static GroupRequest bootstrap(
      int groupId,
      String uid,
      String name,
      String namespace,
      String deletionPolicy,
      List<MemberDocument> members) {
    return new GroupRequest(
        groupId, uid, name, namespace, "bootstrap", deletionPolicy, null, List.copyOf(members));
  }
}
