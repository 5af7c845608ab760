package io.multiraft.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private static final int STEPS = 8;

  private final Deadlines deadlines = new Deadlines();
  private final AtomicInteger told = new AtomicInteger();

  private void steps(int count) {
    for (int i = 0; i < count; i++) {
      deadlines.step();
    }
  }

  @Test
  void isToldOnceWhenItsTimeIsOverAndNotBefore() {
    deadlines.begin(told::incrementAndGet);

    steps(STEPS - 1);
    assertThat(told).hasValue(0);
    steps(2);
    assertThat(told).hasValue(1);
    steps(3 * STEPS);
    assertThat(told).hasValue(1);
  }

  @Test
  void isNotToldOnceItHasEnded() {
    Deadlines.Waiting waiting = told::incrementAndGet;
    Set<Deadlines.Waiting> begun = deadlines.begin(waiting);
    steps(3);

    Deadlines.end(waiting, begun);

    steps(3 * STEPS);
    assertThat(told).hasValue(0);
    assertThat(begun).isEmpty();
  }

  @Test
  void eachIsToldInItsTurn() {
    for (int i = 0; i < 3 * STEPS; i++) {
      deadlines.begin(told::incrementAndGet);
      deadlines.step();
    }
    assertThat(told.get()).isBetween(2 * STEPS - 1, 2 * STEPS);
  }
}
