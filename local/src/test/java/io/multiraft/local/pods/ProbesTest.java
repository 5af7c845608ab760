package io.multiraft.local.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProbesTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final Probe PROBE =
      new ProbeBuilder()
          .withInitialDelaySeconds(3)
          .withPeriodSeconds(2)
          .withSuccessThreshold(2)
          .withFailureThreshold(3)
          .build();

  @Test
  void aProbeIsDueAfterItsDelayAndThenEachPeriod() {
    ProbeState state = new ProbeState(PROBE, false, 0);
    assertThat(state.isDue(2 * SECOND)).isFalse();
    assertThat(state.isDue(3 * SECOND)).isTrue();
    state.record(true, 3 * SECOND);
    assertThat(state.isDue(4 * SECOND)).isFalse();
    assertThat(state.isDue(5 * SECOND)).isTrue();
  }

  @Test
  void thresholdsCountInARow() {
    ProbeState state = new ProbeState(PROBE, false, 0);
    state.record(true, 0);
    assertThat(state.isPassing()).isFalse();
    state.record(true, 0);
    assertThat(state.isPassing()).isTrue();
    state.record(false, 0);
    state.record(false, 0);
    state.record(true, 0);
    state.record(false, 0);
    state.record(false, 0);
    assertThat(state.isPassing()).isTrue();
    assertThat(state.hasFailed()).isFalse();
    state.record(false, 0);
    assertThat(state.isPassing()).isFalse();
    assertThat(state.hasFailed()).isTrue();
  }

  @Test
  void restartsWaitLongerEachTimeUntilARunWasLong() {
    RestartBackoff backoff = new RestartBackoff();
    assertThat(backoff.delayNanos(0)).isEqualTo(3 * SECOND);
    assertThat(backoff.delayNanos(0)).isEqualTo(6 * SECOND);
    assertThat(backoff.delayNanos(0)).isEqualTo(12 * SECOND);
    assertThat(backoff.delayNanos(0)).isEqualTo(24 * SECOND);
    assertThat(backoff.delayNanos(0)).isEqualTo(48 * SECOND);
    assertThat(backoff.delayNanos(0)).isEqualTo(60 * SECOND);
    assertThat(backoff.delayNanos(0)).isEqualTo(60 * SECOND);
    assertThat(backoff.delayNanos(60 * SECOND)).isEqualTo(3 * SECOND);
  }
}
