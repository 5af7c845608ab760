package io.multiraft.node.simulation;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How often each thing happened. */
final class Counts {
  private final Map<Rule, Long> byRule = new EnumMap<>(Rule.class);

  void add(Rule rule) {
    byRule.merge(rule, 1L, Long::sum);
  }

  void add(Counts other) {
    other.byRule.forEach((rule, count) -> byRule.merge(rule, count, Long::sum));
  }

  long get(Rule rule) {
    return byRule.getOrDefault(rule, 0L);
  }

  /** What never happened. */
  List<Rule> never() {
    List<Rule> never = new ArrayList<>(List.of(Rule.values()));
    never.removeAll(byRule.keySet());
    return never;
  }

  @Override
  public String toString() {
    return byRule.toString();
  }
}
