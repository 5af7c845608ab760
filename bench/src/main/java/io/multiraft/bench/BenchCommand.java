package io.multiraft.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench/run}: the systems side by side, in short rounds that take turns. */
@Command(
    name = "bench/run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures Multiraft, SOFAJRaft and Apache Ratis on the same work in one run.")
public final class BenchCommand implements Callable<Integer> {
  @Option(names = "--quick", description = "About two minutes: few and short rounds, fewer sheets.")
  private boolean quick;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description =
          "Only these sheets: one-1, one-64, one-512, one-1024, hundred-512, thousand-1024.")
  private List<String> only = List.of();

  @Option(
      names = "--systems",
      paramLabel = "NAME",
      split = ",",
      description = "Only these systems: multiraft, jraft, ratis.")
  private List<String> systems = List.of("multiraft", "jraft", "ratis");

  @Option(names = "--rounds", paramLabel = "N", description = "Rounds of each system and sheet.")
  private Integer rounds;

  @Option(names = "--millis", paramLabel = "N", description = "Length of a round.")
  private Integer millis;

  @Option(names = "--warm-up-millis", paramLabel = "N", description = "Of each system, unmeasured.")
  private Integer warmUpMillis;

  @Option(
      names = "--server-java-options",
      paramLabel = "OPTIONS",
      description = "For every server, for example what records a profile.")
  private String serverJavaOptions = "";

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where the figures go; a plot goes beside it.")
  private Path json;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "For data and logs; on the disk that is to be measured. Default: bench/target/run.")
  private Path work;

  private BenchCommand() {}

  /** Runs and ends with an exit code other than 0 when something written is not there. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new BenchCommand()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path home = Path.of(System.getProperty("multiraft.home", ".")).toAbsolutePath().normalize();
    Path directory = (work == null ? home.resolve("bench/target/run") : work).toAbsolutePath();
    Files.createDirectories(directory);
    Plan plan =
        new Plan(
            sheets(),
            kinds(),
            rounds != null ? rounds : quick ? 3 : 7,
            millis != null ? millis : quick ? 1_000 : 3_000,
            warmUpMillis != null ? warmUpMillis : quick ? 4_000 : 20_000,
            serverJavaOptions);
    Results results = new Runner(home, directory, plan).run();
    Report report = new Report(plan, results);
    System.out.println(report.table());
    if (json != null) {
      Files.writeString(json, report.json());
      Files.writeString(
          json.resolveSibling(json.getFileName() + ".svg"), new Plot(plan, results).svg());
    }
    return CommandLine.ExitCode.OK;
  }

  private List<Sheet> sheets() {
    List<Sheet> chosen = new ArrayList<>();
    for (Sheet sheet : Sheet.ALL) {
      boolean inQuick = !sheet.name().equals("one-1024") && !sheet.name().equals("thousand-1024");
      if (only.isEmpty() ? !quick || inQuick : only.contains(sheet.name())) {
        chosen.add(sheet);
      }
    }
    if (chosen.isEmpty() || (!only.isEmpty() && chosen.size() != only.size())) {
      throw new IllegalArgumentException("no such sheet among " + only);
    }
    return chosen;
  }

  private List<SystemKind> kinds() {
    return Arrays.stream(SystemKind.values())
        .filter(kind -> systems.contains(kind.name().toLowerCase(java.util.Locale.ROOT)))
        .toList();
  }
}
