package io.multiraft.node.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.SimCounts.What;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Raft's safety properties and its liveness over many simulated worlds. A failing seed is named;
 * run again with {@code -Dmultiraft.seed=N} it prints all that happened. {@code
 * -Dmultiraft.seeds=N} sets how many are tried, {@code -Dmultiraft.firstSeed=N} where they begin.
 */
class SimulationTest {
  private static final int SEEDS = Integer.getInteger("multiraft.seeds", 1_000);
  private static final long FIRST_SEED = Long.getLong("multiraft.firstSeed", 1);
  private static final int TRACE_TAIL_LINES = 60;

  @Test
  void everySeedIsSafeInEveryStepAndLiveInTheEnd() {
    Long only = Long.getLong("multiraft.seed");
    if (only != null) {
      new Simulation(only, System.out::println).run();
      return;
    }
    long started = System.nanoTime();
    Map<Long, Throwable> failures = new ConcurrentHashMap<>();
    SimCounts total =
        LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS)
            .parallel()
            .collect(SimCounts::new, (counts, seed) -> run(seed, counts, failures), SimCounts::add);
    System.out.println(
        "%d seeds in %d ms: %s".formatted(SEEDS, (System.nanoTime() - started) / 1_000_000, total));
    assertThat(report(failures)).isEmpty();
    if (SEEDS >= 1_000) {
      assertEverythingHappened(total);
    }
  }

  private static void run(long seed, SimCounts counts, Map<Long, Throwable> failures) {
    try {
      counts.add(new Simulation(seed, null).run());
    } catch (RuntimeException | AssertionError e) {
      failures.put(seed, e);
    }
  }

  private static String report(Map<Long, Throwable> failures) {
    StringBuilder report = new StringBuilder();
    new TreeMap<>(failures)
        .entrySet().stream()
            .limit(3)
            .forEach(
                failure -> {
                  report.append("\nseed %d: %s\n".formatted(failure.getKey(), failure.getValue()));
                  tail(failure.getKey())
                      .forEach(line -> report.append("  ").append(line).append('\n'));
                });
    return failures.isEmpty()
        ? ""
        : "%d of %d seeds fail: %s%s"
            .formatted(failures.size(), SEEDS, new TreeMap<>(failures).keySet(), report);
  }

  private static List<String> tail(long seed) {
    List<String> lines = new ArrayList<>();
    Consumer<String> keep = lines::add;
    try {
      new Simulation(seed, keep).run();
    } catch (RuntimeException | AssertionError e) {
      lines.add(e.toString());
      for (StackTraceElement element : e.getStackTrace()) {
        if (element.getClassName().startsWith("io.multiraft")) {
          lines.add("  at " + element);
        }
      }
    }
    return lines.subList(Math.max(0, lines.size() - TRACE_TAIL_LINES), lines.size());
  }

  private static void assertEverythingHappened(SimCounts total) {
    for (What what : What.values()) {
      assertThat(total.get(what)).as(what.name()).isGreaterThan(10);
    }
    assertThat(total.get(What.COMMITTED)).isGreaterThan(100L * SEEDS);
    assertThat(total.get(What.REIGN)).isGreaterThan(4L * SEEDS);
    assertThat(total.get(What.CRASH_LOSING_WRITES)).isGreaterThan(SEEDS);
    assertThat(total.get(What.READ_CONFIRMED_BY_FOLLOWER)).isGreaterThan(SEEDS);
  }
}
