package io.multiraft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.multiraft.bench.load.RoundResult;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ResultsTest {
  private static final Sheet SHEET = Sheet.ALL.get(0);
  private static final Plan PLAN =
      new Plan(List.of(SHEET), List.of(SystemKind.MULTIRAFT, SystemKind.JRAFT), 3, 1_000, 0, "");

  private static Round round(long writes, OptionalDouble syncs) {
    return new Round(
        new RoundResult(writes, 0, 1_000_000_000L, 1_000_000, 2_000_000, 3_000_000), 10, 5, syncs);
  }

  private static Results results() {
    Results results = new Results();
    for (long writes : new long[] {900, 100, 200}) {
      results.add(SHEET, SystemKind.MULTIRAFT, round(writes, OptionalDouble.of(0.02)));
    }
    for (long writes : new long[] {300, 100, 400}) {
      results.add(SHEET, SystemKind.JRAFT, round(writes, OptionalDouble.empty()));
    }
    results.addServer(SystemKind.MULTIRAFT, 1, new ProcessStats(0, 100 << 20, 30));
    results.setFloor(new Floor(100, 20));
    return results;
  }

  @Test
  void aRatioIsTheMedianOfRoundsThatRanSideBySide() {
    assertThat(results().ratio(SHEET, SystemKind.MULTIRAFT, SystemKind.JRAFT).orElseThrow())
        .isCloseTo(1.0, within(1e-9)); // of 3, 1 and 0.5; the ratio of medians would be 0.67
    assertThat(results().writesPerSecond(SHEET, SystemKind.MULTIRAFT).orElseThrow())
        .isCloseTo(200, within(1e-9));
    assertThat(results().ratio(SHEET, SystemKind.MULTIRAFT, SystemKind.RATIS)).isEmpty();
  }

  @Test
  void tableJsonAndPlotTellTheSame() throws Exception {
    Report report = new Report(PLAN, results());

    assertThat(report.table())
        .contains(
            "| 1 groups, 1 outstanding | Multiraft | 200 | 1.00 | 2.00 | 10.0 | 5.0 | 0.0200 |")
        .contains("SOFAJRaft | 300 |")
        .contains("100 MiB resident and 30 threads")
        .contains("140 µs");
    JsonNode json = new ObjectMapper().readTree(report.json());
    assertThat(json.at("/sheets/one-1/multiraft/medianWritesPerSecond").asInt()).isEqualTo(200);
    assertThat(json.at("/sheets/one-1/jraft/multiraftIsTimesAsFast").asDouble()).isEqualTo(1.0);
    assertThat(json.at("/sheets/one-1/multiraft/rounds")).hasSize(3);
    assertThat(new Plot(PLAN, results()).svg()).contains("Multiraft 200").contains("SOFAJRaft 300");
  }

  @Test
  void theKernelIsReadRight() throws Exception {
    ProcessStats own = ProcessStats.of(ProcessHandle.current().pid());

    assertThat(own.residentBytes()).isGreaterThan(10 << 20);
    assertThat(own.threads()).isGreaterThan(3);
    assertThat(own.cpuNanos()).isPositive();
  }
}
