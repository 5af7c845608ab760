package io.multiraft.node.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Whole nodes under chaos, seed after seed. {@code -Dmultiraft.seed=N} runs that seed alone and
 * prints what happens; {@code bin/simulate} runs on for as long as it is told.
 */
class NodeSimulationTest {
  private static final int SEEDS = Integer.getInteger("multiraft.simulation.seeds", 500);
  private static final int TRACE_LINES = 2_000;

  private static Level levelBefore;

  @BeforeAll
  static void silence() {
    levelBefore = logger().getLevel();
    Simulate.silenceLog();
  }

  @AfterAll
  static void speak() {
    logger().setLevel(levelBefore);
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger("io.multiraft");
  }

  @Test
  void nothingThatMustNotHappenHappens() {
    Long only = Long.getLong("multiraft.seed");
    if (only != null) {
      assertThat(Simulate.replay(only, TRACE_LINES)).as("seed " + only).isTrue();
      return;
    }
    Counts counts = new Counts();
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        counts.add(NodeSimulation.run(seed, null).counts());
      } catch (Violation e) {
        Simulate.replay(seed, TRACE_LINES);
        throw new AssertionError("-Dmultiraft.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
    System.out.println(SEEDS + " seeds: " + counts);
    assertThat(counts.never()).as("what was never exercised in %d seeds", SEEDS).isEmpty();
  }

  @Test
  void aSeedDeterminesEverything() {
    for (long seed = 1_001; seed <= 1_005; seed++) {
      NodeSimulation.Result once = NodeSimulation.run(seed, null);
      NodeSimulation.Result again = NodeSimulation.run(seed, line -> {});
      assertThat(again.hash()).as("seed " + seed).isEqualTo(once.hash());
      assertThat(again.counts().toString()).isEqualTo(once.counts().toString());
      assertThat(NodeSimulation.run(seed + 100, null).hash()).isNotEqualTo(once.hash());
    }
  }
}
