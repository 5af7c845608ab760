package io.multiraft.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** All rounds of a run, and what a sheet comes to: medians over its rounds. */
final class Results {
  private final Map<Sheet, Map<SystemKind, List<Round>>> rounds = new LinkedHashMap<>();
  private final Map<SystemKind, Map<Integer, ProcessStats>> servers =
      new EnumMap<>(SystemKind.class);
  private Optional<Floor> floor = Optional.empty();

  void add(Sheet sheet, SystemKind kind, Round round) {
    rounds
        .computeIfAbsent(sheet, key -> new EnumMap<>(SystemKind.class))
        .computeIfAbsent(kind, key -> new ArrayList<>())
        .add(round);
  }

  void setFloor(Floor measured) {
    floor = Optional.of(measured);
  }

  Optional<Floor> floor() {
    return floor;
  }

  /** The largest server of a system with this many groups, idle, before the first write. */
  void addServer(SystemKind kind, int groups, ProcessStats stats) {
    servers.computeIfAbsent(kind, key -> new LinkedHashMap<>()).put(groups, stats);
  }

  List<Sheet> sheets() {
    return List.copyOf(rounds.keySet());
  }

  List<Round> rounds(Sheet sheet, SystemKind kind) {
    return rounds.getOrDefault(sheet, Map.of()).getOrDefault(kind, List.of());
  }

  Map<Integer, ProcessStats> servers(SystemKind kind) {
    return servers.getOrDefault(kind, Map.of());
  }

  /** The median of a figure over the rounds; empty when there were none. */
  Optional<Double> median(Sheet sheet, SystemKind kind, ToDoubleFunction<Round> figure) {
    double[] values = rounds(sheet, kind).stream().mapToDouble(figure).sorted().toArray();
    return values.length == 0 ? Optional.empty() : Optional.of(median(values));
  }

  /** Median of one of the load's figures: acknowledged writes in a second. */
  Optional<Double> writesPerSecond(Sheet sheet, SystemKind kind) {
    return median(sheet, kind, round -> round.load().writesPerSecond());
  }

  /** How many times as much as a peer, round by round; the median of that. */
  Optional<Double> ratio(Sheet sheet, SystemKind kind, SystemKind to) {
    List<Round> ours = rounds(sheet, kind);
    List<Round> theirs = rounds(sheet, to);
    int pairs = Math.min(ours.size(), theirs.size());
    if (pairs == 0) {
      return Optional.empty();
    }
    double[] ratios = new double[pairs];
    for (int i = 0; i < pairs; i++) {
      ratios[i] = ours.get(i).load().writesPerSecond() / theirs.get(i).load().writesPerSecond();
    }
    Arrays.sort(ratios);
    return Optional.of(median(ratios));
  }

  static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
