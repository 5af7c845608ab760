package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.Probe;
import java.util.concurrent.TimeUnit;

/** The thresholds of one probe of one running container; no clock of its own. */
final class ProbeState {
  private static final int DEFAULT_PERIOD_SECONDS = 10;
  private static final int DEFAULT_FAILURES = 3;

  private final Probe probe;
  private long nextNanos;
  private int successes;
  private int failures;
  private boolean passing;
  private boolean failed;

  /**
   * @param passing how it counts before its first outcome
   * @param startNanos when the container was started
   */
  ProbeState(Probe probe, boolean passing, long startNanos) {
    this.probe = probe;
    this.passing = passing;
    this.nextNanos = startNanos + seconds(probe.getInitialDelaySeconds(), 0);
  }

  boolean isDue(long nowNanos) {
    return nowNanos - nextNanos >= 0;
  }

  /** One outcome. */
  void record(boolean success, long nowNanos) {
    nextNanos = nowNanos + seconds(probe.getPeriodSeconds(), DEFAULT_PERIOD_SECONDS);
    if (success) {
      failures = 0;
      successes++;
      passing |= successes >= orElse(probe.getSuccessThreshold(), 1);
    } else {
      successes = 0;
      failures++;
      if (failures >= orElse(probe.getFailureThreshold(), DEFAULT_FAILURES)) {
        passing = false;
        failed = true;
      }
    }
  }

  boolean isPassing() {
    return passing;
  }

  /** Whether it has ever reached its failure threshold: for startup and liveness, the end. */
  boolean hasFailed() {
    return failed;
  }

  Probe probe() {
    return probe;
  }

  private static long seconds(Integer value, int otherwise) {
    return TimeUnit.SECONDS.toNanos(orElse(value, otherwise));
  }

  private static int orElse(Integer value, int otherwise) {
    return value == null ? otherwise : value;
  }
}
