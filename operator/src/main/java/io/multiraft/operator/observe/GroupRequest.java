package io.multiraft.operator.observe;

import java.util.List;

/**
 * One group of {@code PUT /v1/groups} in mode bootstrap (docs/admin-api.md).
 *
 * @param members the same list on every node of the group
 */
public record GroupRequest(
    int groupId,
    String uid,
    String name,
    String namespace,
    String mode,
    String deletionPolicy,
    List<MemberDocument> members) {

  public static GroupRequest bootstrap(
      int groupId,
      String uid,
      String name,
      String namespace,
      String deletionPolicy,
      List<MemberDocument> members) {
    return new GroupRequest(
        groupId, uid, name, namespace, "bootstrap", deletionPolicy, List.copyOf(members));
  }
}
