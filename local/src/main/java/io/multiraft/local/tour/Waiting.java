package io.multiraft.local.tour;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Bounded waits of the tour, which end early when a part of the system has ended. */
final class Waiting {
  private static final long POLL_MILLIS = 200;

  private final Supplier<Optional<String>> endedPart;

  Waiting(Supplier<Optional<String>> endedPart) {
    this.endedPart = endedPart;
  }

  /** Something that may not be so yet; empty while it is not. */
  interface Question<T> {
    Optional<T> ask() throws IOException, InterruptedException;
  }

  /**
   * Asks until there is an answer.
   *
   * @param what completes the sentence "… within N s"
   */
  <T> T until(String what, Duration timeout, Question<T> question)
      throws StepFailed, InterruptedException {
    long deadlineNanos = System.nanoTime() + timeout.toNanos();
    String trouble = "";
    while (System.nanoTime() - deadlineNanos < 0) {
      try {
        Optional<T> answer = question.ask();
        if (answer.isPresent()) {
          return answer.get();
        }
        trouble = "";
      } catch (IOException | KubernetesClientException e) {
        trouble = ": " + e.getMessage();
      }
      Optional<String> ended = endedPart.get();
      if (ended.isPresent()) {
        throw new StepFailed(ended.get());
      }
      Thread.sleep(POLL_MILLIS);
    }
    throw new StepFailed("%s within %d s%s".formatted(what, timeout.toSeconds(), trouble));
  }
}
