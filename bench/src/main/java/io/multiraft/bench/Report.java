package io.multiraft.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Optional;

/** A run's figures for people and for programs. */
final class Report {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Plan plan;
  private final Results results;

  Report(Plan plan, Results results) {
    this.plan = plan;
    this.results = results;
  }

  /** A Markdown table: medians over the rounds. */
  String table() {
    StringBuilder out = new StringBuilder();
    line(
        out,
        "| work | system | writes/s | p50 ms | p99 ms | CPU servers µs/write | CPU load µs/write | syncs of a node/write | Multiraft is |");
    line(out, "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (Sheet sheet : results.sheets()) {
      for (SystemKind kind : plan.kinds()) {
        if (!results.rounds(sheet, kind).isEmpty()) {
          line(out, row(sheet, kind));
        }
      }
    }
    out.append('\n');
    results
        .floor()
        .ifPresent(
            floor ->
                line(
                    out,
                    "Floor: sync p50 %.0f µs with three processes at once, round trip p50 %.0f µs; together with two round trips %.0f µs."
                        .formatted(floor.syncMicros(), floor.roundTripMicros(), floor.micros())));
    for (SystemKind kind : plan.kinds()) {
      results
          .servers(kind)
          .forEach(
              (groups, stats) ->
                  line(
                      out,
                      "%s, %d groups, before the first write: a server has %d MiB resident and %d threads."
                          .formatted(
                              kind.title(), groups, stats.residentBytes() >> 20, stats.threads())));
    }
    return out.toString();
  }

  private String row(Sheet sheet, SystemKind kind) {
    String ratio =
        kind == SystemKind.MULTIRAFT
            ? ""
            : results
                .ratio(sheet, SystemKind.MULTIRAFT, kind)
                .map(r -> String.format(Locale.ROOT, "%.2f ×", r))
                .orElse("");
    return String.format(
        Locale.ROOT,
        "| %d groups, %d outstanding | %s | %,.0f | %.2f | %.2f | %.1f | %.1f | %s | %s |",
        sheet.groups(),
        sheet.outstanding(),
        kind.title(),
        results.writesPerSecond(sheet, kind).orElseThrow(),
        results.median(sheet, kind, r -> r.load().p50Nanos() / 1e6).orElseThrow(),
        results.median(sheet, kind, r -> r.load().p99Nanos() / 1e6).orElseThrow(),
        results.median(sheet, kind, Round::serverCpuMicros).orElseThrow(),
        results.median(sheet, kind, Round::loadCpuMicros).orElseThrow(),
        syncs(sheet, kind).map(s -> String.format(Locale.ROOT, "%.4f", s)).orElse(""),
        ratio);
  }

  private Optional<Double> syncs(Sheet sheet, SystemKind kind) {
    return kind == SystemKind.MULTIRAFT
        ? results.median(sheet, kind, round -> round.syncsPerWrite().orElseThrow())
        : Optional.empty();
  }

  /** Every round, and where it ran. */
  String json() throws JsonProcessingException {
    ObjectNode root = JSON.createObjectNode();
    root.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
    root.put("processors", Runtime.getRuntime().availableProcessors());
    root.put("roundMillis", plan.millis()).put("warmUpMillis", plan.warmUpMillis());
    results.floor().ifPresent(floor -> root.putPOJO("floor", floor));
    ObjectNode sheets = root.putObject("sheets");
    for (Sheet sheet : results.sheets()) {
      ObjectNode one = sheets.putObject(sheet.name());
      one.put("groups", sheet.groups()).put("outstanding", sheet.outstanding());
      for (SystemKind kind : plan.kinds()) {
        if (!results.rounds(sheet, kind).isEmpty()) {
          systemJson(one.putObject(kind.name().toLowerCase(Locale.ROOT)), sheet, kind);
        }
      }
    }
    ObjectNode servers = root.putObject("serversBeforeTheFirstWrite");
    for (SystemKind kind : plan.kinds()) {
      ObjectNode byGroups = servers.putObject(kind.name().toLowerCase(Locale.ROOT));
      results
          .servers(kind)
          .forEach(
              (groups, stats) ->
                  byGroups
                      .putObject(Integer.toString(groups))
                      .put("residentBytes", stats.residentBytes())
                      .put("threads", stats.threads()));
    }
    return JSON.writeValueAsString(root);
  }

  private void systemJson(ObjectNode out, Sheet sheet, SystemKind kind) {
    results
        .writesPerSecond(sheet, kind)
        .ifPresent(median -> out.put("medianWritesPerSecond", Math.round(median)));
    results
        .ratio(sheet, SystemKind.MULTIRAFT, kind)
        .filter(ratio -> kind != SystemKind.MULTIRAFT)
        .ifPresent(ratio -> out.put("multiraftIsTimesAsFast", ratio));
    for (Round round : results.rounds(sheet, kind)) {
      ObjectNode one =
          out.withArray("rounds")
              .addObject()
              .put("writes", round.load().writes())
              .put("failures", round.load().failures())
              .put("nanos", round.load().nanos())
              .put("p50Micros", round.load().p50Nanos() / 1e3)
              .put("p99Micros", round.load().p99Nanos() / 1e3)
              .put("p999Micros", round.load().p999Nanos() / 1e3)
              .put("serverCpuMicrosPerWrite", round.serverCpuMicros())
              .put("loadCpuMicrosPerWrite", round.loadCpuMicros());
      round.syncsPerWrite().ifPresent(syncs -> one.put("syncsOfANodePerWrite", syncs));
    }
  }

  private static void line(StringBuilder out, String text) {
    out.append(text).append('\n');
  }
}
