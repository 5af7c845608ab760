package io.multiraft.bench;

import java.util.List;
import java.util.Locale;

/** A bar chart of writes a second as SVG: one bar for each system and sheet, logarithmic. */
final class Plot {
  private static final int BAR_HEIGHT = 16;
  private static final int SHEET_GAP = 18;
  private static final int LEFT = 250;
  private static final int WIDTH = 640;
  private static final double LEAST = 100;
  private static final List<String> COLOURS = List.of("#1b6ca8", "#c9752d", "#7a7a7a");

  private final Plan plan;
  private final Results results;

  Plot(Plan plan, Results results) {
    this.plan = plan;
    this.results = results;
  }

  String svg() {
    StringBuilder bars = new StringBuilder();
    double most = most();
    int y = 40;
    for (Sheet sheet : results.sheets()) {
      text(bars, 10, y + 12, sheet.groups() + " groups, " + sheet.outstanding() + " outstanding");
      for (SystemKind kind : plan.kinds()) {
        if (!results.rounds(sheet, kind).isEmpty()) {
          bar(bars, kind, y, results.writesPerSecond(sheet, kind).orElseThrow(), most);
          y += BAR_HEIGHT;
        }
      }
      y += SHEET_GAP;
    }
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">
        <rect width="100%%" height="100%%" fill="white"/>
        <text x="10" y="20" font-size="14">Acknowledged 256-byte writes a second, three servers, every one on disk (logarithmic)</text>
        %s</svg>
        """
        .formatted(LEFT + WIDTH + 20, y + 10, bars);
  }

  private double most() {
    double most = LEAST * 10;
    for (Sheet sheet : results.sheets()) {
      for (SystemKind kind : plan.kinds()) {
        most = Math.max(most, results.writesPerSecond(sheet, kind).orElse(0.0));
      }
    }
    return most;
  }

  private static void bar(StringBuilder out, SystemKind kind, int y, double value, double most) {
    double share = Math.log(Math.max(value, LEAST) / LEAST) / Math.log(most / LEAST);
    int width = (int) Math.max(2, share * (WIDTH - 190));
    out.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>%n"
            .formatted(LEFT, y, width, BAR_HEIGHT - 2, COLOURS.get(kind.ordinal())));
    String label = String.format(Locale.ROOT, "%s %,.0f", kind.title(), value);
    text(out, LEFT + width + 6, y + 12, label);
  }

  private static void text(StringBuilder out, int x, int y, String text) {
    out.append("<text x=\"%d\" y=\"%d\">%s</text>%n".formatted(x, y, text));
  }
}
