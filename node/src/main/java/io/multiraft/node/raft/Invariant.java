package io.multiraft.node.raft;

/**
 * What must hold whatever peers, disks and networks do. A broken one means a bug here or a damaged
 * disk: the group must stop rather than go on, so the checks stay on in production.
 */
final class Invariant {
  private Invariant() {}

  /**
   * Checks a condition.
   *
   * @param meaning a format for two numbers that says what it means that the condition failed
   * @throws IllegalStateException if the condition does not hold
   */
  static void check(boolean condition, String meaning, long first, long second) {
    if (!condition) {
      throw new IllegalStateException(meaning.formatted(first, second));
    }
  }
}
