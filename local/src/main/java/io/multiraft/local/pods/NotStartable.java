package io.multiraft.local.pods;

/** A container cannot be started now; its pod waits with this reason and is tried again. */
final class NotStartable extends Exception {
  private static final long serialVersionUID = 1;

  private final String reason;

  /**
   * @param reason as the kubelet would say it, one word
   * @param message a sentence
   */
  NotStartable(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
