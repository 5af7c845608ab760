package io.multiraft.operator.observe;

import java.util.concurrent.CompletionException;

/** A call to a node that did not do what was asked. */
public abstract sealed class AdminException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private AdminException(String message, Throwable cause) {
    super(message, cause);
  }

  /** What made a call's future fail, without the wrapping that futures add on the way. */
  public static Throwable causeOf(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** The node refused and will refuse the same call again. */
  public static final class Permanent extends AdminException {
    private static final long serialVersionUID = 1L;
    private final transient Problem problem;

    public Permanent(Problem problem) {
      super(problem.reason() + ": " + problem.sentence(), null);
      this.problem = problem;
    }

    public Problem problem() {
      return problem;
    }
  }

  /** The node could not be reached, was busy, or did not know the token: worth another attempt. */
  public static final class Passing extends AdminException {
    private static final long serialVersionUID = 1L;
    private final boolean tokenRefused;

    public Passing(String message, Throwable cause, boolean tokenRefused) {
      super(message, cause);
      this.tokenRefused = tokenRefused;
    }

    /** The node answered 401: the token should be read again before the next attempt. */
    public boolean isTokenRefused() {
      return tokenRefused;
    }
  }
}
