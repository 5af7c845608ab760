package io.multiraft.node.api.admin;

/** Ends a request with a problem document. */
final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  ProblemException(int status, String reason, String detail) {
    super(detail);
    this.problem = Problem.of(status, reason, detail);
  }

  Problem problem() {
    return problem;
  }
}
