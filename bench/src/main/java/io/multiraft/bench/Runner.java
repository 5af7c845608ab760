package io.multiraft.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Carries a plan out. For each number of groups all systems are started and warmed up; then rounds
 * take turns, so that what disturbs the machine for a while disturbs all of them; then everything
 * is read back.
 */
final class Runner {
  private static final int WARM_UP_WRITES = 300_000;
  private static final int MAX_WARM_UPS = 3;

  private final Path home;
  private final Path directory;
  private final Plan plan;
  private final Results results = new Results();
  private final long startNanos = System.nanoTime();

  Runner(Path home, Path directory, Plan plan) {
    this.home = home;
    this.directory = directory;
    this.plan = plan;
  }

  Results run() throws IOException, InterruptedException {
    results.setFloor(Floor.measure(home, directory));
    for (int groups : plan.groupCounts()) {
      run(groups, plan.sheetsWith(groups));
    }
    return results;
  }

  private void run(int groups, List<Sheet> sheets) throws IOException, InterruptedException {
    List<Cluster> clusters = new ArrayList<>();
    try {
      for (SystemKind kind : plan.kindsFor(sheets)) {
        clusters.add(start(kind, groups, sheets));
      }
      for (int round = 0; round < plan.rounds(); round++) {
        for (Sheet sheet : sheets) {
          takeTurns(clusters, sheet, round);
        }
      }
      for (Cluster cluster : clusters) {
        cluster.resume();
        say("%s, %d groups: %d keys are right", cluster.kind().title(), groups, cluster.verify());
        cluster.pause();
      }
    } finally {
      for (Cluster cluster : clusters) {
        cluster.close();
      }
    }
  }

  private Cluster start(SystemKind kind, int groups, List<Sheet> sheets)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Path place = directory.resolve(kind.name().toLowerCase(java.util.Locale.ROOT) + "-" + groups);
    Cluster cluster = Cluster.start(kind, home, place, groups, plan.serverJavaOptions());
    results.addServer(kind, groups, cluster.largestServer());
    say(
        "%s, %d groups: started in %d ms",
        kind.title(), groups, (System.nanoTime() - start) / 1_000_000);
    int outstanding = sheets.stream().mapToInt(Sheet::outstanding).max().orElseThrow();
    warmUp(cluster, outstanding);
    cluster.pause();
    return cluster;
  }

  /**
   * Compilers see work, not time: a slow machine or system gets up to three times as long to come
   * to enough writes.
   */
  private void warmUp(Cluster cluster, int outstanding) throws IOException, InterruptedException {
    long writes = 0;
    double writesPerSecond = 0;
    for (int i = 0; i < MAX_WARM_UPS && writes < WARM_UP_WRITES; i++) {
      Round warm = cluster.run(outstanding, plan.warmUpMillis());
      writes += warm.load().writes();
      writesPerSecond = warm.load().writesPerSecond();
      cluster.tidy();
    }
    say(
        "%s: %d writes to warm up, %.0f a second at last",
        cluster.kind().title(), writes, writesPerSecond);
  }

  /** Each round another system begins. */
  private void takeTurns(List<Cluster> clusters, Sheet sheet, int round)
      throws IOException, InterruptedException {
    for (int turn = 0; turn < clusters.size(); turn++) {
      Cluster cluster = clusters.get((round + turn) % clusters.size());
      if (!sheet.withPeers() && cluster.kind() != SystemKind.MULTIRAFT) {
        continue;
      }
      cluster.resume();
      cluster.tidy();
      Round done = cluster.run(sheet.outstanding(), plan.millis());
      results.add(sheet, cluster.kind(), done);
      say(
          "%s %s: %.0f writes/s, p50 %d us, p99 %d us, %.1f us of CPU at servers and %.1f at the load%s",
          sheet.name(),
          cluster.kind().title(),
          done.load().writesPerSecond(),
          done.load().p50Nanos() / 1_000,
          done.load().p99Nanos() / 1_000,
          done.serverCpuMicros(),
          done.loadCpuMicros(),
          done.load().failures() == 0 ? "" : ", " + done.load().failures() + " failures");
      cluster.pause();
    }
  }

  private void say(String format, Object... arguments) {
    System.err.printf("[%6.1f s] ", (System.nanoTime() - startNanos) / 1e9);
    System.err.printf(format + "%n", arguments);
  }
}
