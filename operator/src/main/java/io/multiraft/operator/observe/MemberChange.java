package io.multiraft.operator.observe;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * The body of {@code POST /v1/groups/{id}/members} (docs/admin-api.md).
 *
 * @param configurationIndex of the configuration that is to be changed
 * @param member of {@code add}, else null
 * @param serverId of all others, else null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MemberChange(
    String uid, long configurationIndex, String change, MemberDocument member, Integer serverId) {
  /** A new member, which does not vote. */
  public static MemberChange add(String uid, long configurationIndex, MemberDocument member) {
    return new MemberChange(uid, configurationIndex, "add", member, null);
  }

  /** A learner that has caught up votes from now on. */
  public static MemberChange promote(String uid, long configurationIndex, int serverId) {
    return new MemberChange(uid, configurationIndex, "promote", null, serverId);
  }
}
