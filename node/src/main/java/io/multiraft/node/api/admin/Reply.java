package io.multiraft.node.api.admin;

import io.multiraft.node.group.Backup;

/**
 * An answer before it has become HTTP.
 *
 * @param status the HTTP status
 * @param contentType of the body
 * @param body a document for Jackson, a {@code String} as it is, a {@code Backup} to be streamed,
 *     or null for none
 */
record Reply(int status, String contentType, Object body) {
  private static final String JSON = "application/json";

  static Reply json(int status, Object document) {
    return new Reply(status, JSON, document);
  }

  static Reply text(int status, String text) {
    return new Reply(status, "text/plain; charset=utf-8", text);
  }

  static Reply backup(Backup backup) {
    return new Reply(200, "application/octet-stream", backup);
  }

  static Reply noContent() {
    return new Reply(204, JSON, null);
  }

  static Reply problem(Problem problem) {
    return new Reply(problem.status(), "application/problem+json", problem);
  }
}
