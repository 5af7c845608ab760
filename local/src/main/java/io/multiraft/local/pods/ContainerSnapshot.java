package io.multiraft.local.pods;

import java.time.Instant;

/**
 * What a pod's status says of its container.
 *
 * @param previous how its last run ended, or null
 */
record ContainerSnapshot(
    State state, Terminated previous, boolean started, boolean ready, int restartCount) {

  /** What the container does. */
  sealed interface State {}

  /** It is not running, and will be. */
  record Waiting(String reason, String message) implements State {}

  /** Its process runs. */
  record Running(Instant startedAt) implements State {}

  /** Its process ended. */
  record Terminated(int exitCode, Instant startedAt, Instant finishedAt) implements State {}

  static ContainerSnapshot waiting(
      String reason, String message, Terminated previous, int restartCount) {
    return new ContainerSnapshot(
        new Waiting(reason, message), previous, false, false, restartCount);
  }
}
