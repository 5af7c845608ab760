package io.multiraft.node.port;

/** Ends a connection, with a reason for the counter and a detail for people. */
final class RefusedConnectionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  RefusedConnectionException(String reason, String detail) {
    super(detail, null, false, false);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
