package io.multiraft.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.crds.Condition;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConditionsTest {
  private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant LATER = Instant.parse("2026-01-02T00:00:00Z");

  @Test
  void keepsTheTimeWhileTheStatusStays() {
    List<Condition> first =
        Conditions.merge(
            List.of(),
            List.of(
                Finding.yes(ConditionType.READY, Reason.ALL_MEMBERS_READY, 3),
                Finding.yes(ConditionType.HEALTHY, Reason.NO_PROBLEMS)),
            1,
            FIRST);
    List<Condition> second =
        Conditions.merge(
            first,
            List.of(
                Finding.no(ConditionType.HEALTHY, Reason.MEMBER_UNREACHABLE, "demo-1"),
                Finding.yes(ConditionType.READY, Reason.ALL_NODES_READY, 3),
                new Finding(ConditionType.STALLED, false, Reason.PAUSED, "x"),
                Finding.yes(ConditionType.RECONCILING, Reason.BOOTSTRAPPING, "demo-0")),
            2,
            LATER);
    assertThat(second)
        .extracting(Condition::type)
        .as("in a fixed order; Stalled is not true and therefore absent")
        .containsExactly("Ready", "Healthy", "Reconciling");
    assertThat(second.get(0).lastTransitionTime()).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(second.get(0).observedGeneration()).isEqualTo(2);
    assertThat(second.get(1).lastTransitionTime()).isEqualTo("2026-01-02T00:00:00Z");
    assertThat(Conditions.isTrue(second, ConditionType.READY)).isTrue();
    assertThat(Conditions.isTrue(second, ConditionType.HEALTHY)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void everyReasonIsAWordWithASentence(Reason reason) {
    assertThat(reason.text()).matches("[A-Z][A-Za-z]+");
    assertThat(reason.text().toLowerCase(Locale.ROOT))
        .isEqualTo(reason.name().replace("_", "").toLowerCase(Locale.ROOT));
  }

  @Test
  void aBucketAllowsABurstAndThenARate() {
    long[] now = {0};
    TokenBucket bucket = new TokenBucket(50, () -> now[0]);
    int taken = 0;
    while (bucket.tryTake()) {
      taken++;
    }
    assertThat(taken).isEqualTo(50);
    now[0] = 100_000_000L;
    while (bucket.tryTake()) {
      taken++;
    }
    assertThat(taken).isEqualTo(55);
  }
}
