package io.multiraft.bench;

import java.util.List;

/**
 * What a run does.
 *
 * @param rounds of each system and sheet
 * @param millis of a round
 * @param warmUpMillis of each system for each number of groups, unmeasured
 * @param serverJavaOptions for every server, such as those that record a profile; mostly empty
 */
record Plan(
    List<Sheet> sheets,
    List<SystemKind> kinds,
    int rounds,
    int millis,
    int warmUpMillis,
    String serverJavaOptions) {
  /** The numbers of groups, each of which needs clusters of its own. */
  List<Integer> groupCounts() {
    return sheets.stream().map(Sheet::groups).distinct().toList();
  }

  List<Sheet> sheetsWith(int groups) {
    return sheets.stream().filter(sheet -> sheet.groups() == groups).toList();
  }

  /** The systems that do any of these sheets. */
  List<SystemKind> kindsFor(List<Sheet> some) {
    boolean peers = some.stream().anyMatch(Sheet::withPeers);
    return kinds.stream().filter(kind -> peers || kind == SystemKind.MULTIRAFT).toList();
  }
}
