package io.multiraft.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Knows whether the API server answers. */
final class ApiServerWatch {
  private static final Logger log = LoggerFactory.getLogger(ApiServerWatch.class);

  private final KubernetesClient client;
  private final Duration patience;
  private final Duration interval;

  /**
   * @param patience how long it may be silent before the operator gives up
   * @param interval between questions
   */
  ApiServerWatch(KubernetesClient client, Duration patience, Duration interval) {
    this.client = client;
    this.patience = patience;
    this.interval = interval;
  }

  /** Waits until it answers; false when it has not for all the patience. */
  boolean awaitAnswer() throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      String failure = ask();
      if (failure == null) {
        return true;
      }
      if (System.nanoTime() >= deadline) {
        log.error(
            "The API server at {} has not answered for {} s: {}. Giving up.",
            client.getMasterUrl(),
            patience.toSeconds(),
            failure);
        return false;
      }
      log.warn("The API server at {} does not answer: {}", client.getMasterUrl(), failure);
      Thread.sleep(interval.toMillis());
    }
  }

  /** Returns only when it has not answered for all the patience. */
  void awaitSilence() throws InterruptedException {
    while (awaitAnswer()) {
      Thread.sleep(interval.toMillis());
    }
  }

  /** What went wrong; null when it answered. */
  private String ask() {
    try {
      client.getKubernetesVersion();
      return null;
    } catch (KubernetesClientException e) {
      Throwable cause = e;
      while (cause.getCause() != null && cause.getCause() != cause) {
        cause = cause.getCause();
      }
      String name = cause.getClass().getSimpleName();
      return cause.getMessage() == null ? name : name + ": " + cause.getMessage();
    }
  }
}
