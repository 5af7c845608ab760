package io.multiraft.node.api.admin;

/**
 * An error as RFC 9457 has it.
 *
 * @param type {@code urn:multiraft:<reason>}; what programs look at
 * @param title the reason in words
 * @param status the HTTP status
 * @param detail what happened and what to do
 */
record Problem(String type, String title, int status, String detail) {
  static Problem of(int status, String reason, String detail) {
    return new Problem("urn:multiraft:" + reason, reason.replace('-', ' '), status, detail);
  }
}
