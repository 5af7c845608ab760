package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Probe;

/**
 * The three probes of one run of a container: until the startup probe has passed the others are not
 * asked.
 */
final class ContainerProbes {
  private final Prober prober;
  private final Container container;
  private final PodAddress address;
  private final ProbeState startup;
  private final ProbeState liveness;
  private final ProbeState readiness;

  ContainerProbes(Prober prober, Container container, PodAddress address, long startNanos) {
    this.prober = prober;
    this.container = container;
    this.address = address;
    this.startup = state(container.getStartupProbe(), false, startNanos);
    this.liveness = state(container.getLivenessProbe(), true, startNanos);
    this.readiness = state(container.getReadinessProbe(), false, startNanos);
  }

  private static ProbeState state(Probe probe, boolean passing, long startNanos) {
    return probe == null ? null : new ProbeState(probe, passing, startNanos);
  }

  /** Asks what is due. */
  void run(long nowNanos) throws InterruptedException {
    if (!isStarted()) {
      ask(startup, nowNanos);
      return;
    }
    ask(liveness, nowNanos);
    ask(readiness, nowNanos);
  }

  private void ask(ProbeState state, long nowNanos) throws InterruptedException {
    if (state != null && state.isDue(nowNanos)) {
      state.record(prober.passes(state.probe(), container, address), nowNanos);
    }
  }

  boolean isStarted() {
    return startup == null || startup.isPassing();
  }

  boolean isReady() {
    return isStarted() && (readiness == null || readiness.isPassing());
  }

  /** Whether the container is to be ended and started again. */
  boolean isDead() {
    return startup != null && startup.hasFailed() || liveness != null && liveness.hasFailed();
  }
}
