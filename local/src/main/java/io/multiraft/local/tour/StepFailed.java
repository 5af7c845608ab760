package io.multiraft.local.tour;

/** A step of the tour was not seen to work; the message is for people. */
final class StepFailed extends Exception {
  private static final long serialVersionUID = 1;

  StepFailed(String message) {
    super(message);
  }

  StepFailed(String message, Throwable cause) {
    super(message, cause);
  }
}
