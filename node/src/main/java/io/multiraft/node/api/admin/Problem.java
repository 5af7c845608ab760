package io.multiraft.node.api.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * An error as RFC 9457 has it.
 *
 * @param type {@code urn:multiraft:<reason>}; what programs look at
 * @param title the reason in words
 * @param status the HTTP status
 * @param detail what happened and what to do
 * @param leader the member to ask instead, null if there is none or it is not known
 */
record Problem(
    String type,
    String title,
    int status,
    String detail,
    @JsonInclude(JsonInclude.Include.NON_NULL) Documents.Member leader) {
  static Problem of(int status, String reason, String detail) {
    return new Problem("urn:multiraft:" + reason, reason.replace('-', ' '), status, detail, null);
  }

  Problem withLeader(Optional<Documents.Member> member) {
    return new Problem(type, title, status, detail, member.orElse(null));
  }
}
