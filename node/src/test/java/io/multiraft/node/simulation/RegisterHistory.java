package io.multiraft.node.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What clients did to one register and what they saw, and whether that is linearizable. Every write
 * has a value of its own, so each read tells which write it saw, and the question is decided
 * without a search (Gibbons and Korach, "Testing shared memories", 1997): the operations on one
 * value must all stand together in an order of all, so between the first end and the last begin of
 * them this value, and no other, must have been in the register.
 *
 * <p>A write whose outcome is unknown has no end. If nobody saw its value it may not have happened;
 * if somebody did, it happened before that read ended.
 */
final class RegisterHistory {
  /** No end was seen. */
  static final long OPEN = Long.MAX_VALUE;

  private record Operation(boolean isWrite, long value, long beginNanos, long endNanos) {}

  /**
   * The time of all operations on one value. If the first end is before the last begin, the
   * register held the value all the time between; else the value need only have been there at one
   * moment between the two.
   */
  private record Zone(long value, long firstEnd, long lastBegin) {
    boolean isForward() {
      return firstEnd < lastBegin;
    }

    long low() {
      return Math.min(firstEnd, lastBegin);
    }

    long high() {
      return Math.max(firstEnd, lastBegin);
    }
  }

  private final List<Operation> operations = new ArrayList<>();

  void wrote(long value, long beginNanos, long endNanos) {
    operations.add(new Operation(true, value, beginNanos, endNanos));
  }

  void read(long value, long beginNanos, long endNanos) {
    operations.add(new Operation(false, value, beginNanos, endNanos));
  }

  /** Why this is not linearizable; empty if it is. */
  Optional<String> violation() {
    Map<Long, List<Operation>> byValue = new HashMap<>();
    for (Operation operation : operations) {
      byValue.computeIfAbsent(operation.value(), value -> new ArrayList<>()).add(operation);
    }
    // Before anything else the register was empty: a write that ended at the beginning of time.
    byValue
        .computeIfAbsent(Registers.NOTHING, value -> new ArrayList<>())
        .add(new Operation(true, Registers.NOTHING, Long.MIN_VALUE, Long.MIN_VALUE));
    List<Zone> zones = new ArrayList<>();
    for (List<Operation> operationsOnValue : byValue.values()) {
      Optional<String> wrong = addZone(operationsOnValue, zones);
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    return conflict(zones);
  }

  private static Optional<String> addZone(List<Operation> operations, List<Zone> zones) {
    long value = operations.get(0).value();
    List<Operation> writes = operations.stream().filter(Operation::isWrite).toList();
    if (writes.size() != 1) {
      return Optional.of("value " + value + " was read but written " + writes.size() + " times");
    }
    long firstEnd = operations.stream().mapToLong(Operation::endNanos).min().orElseThrow();
    if (firstEnd == OPEN) {
      return Optional.empty(); // a write of unknown outcome that nobody saw
    }
    long written = writes.get(0).beginNanos();
    for (Operation operation : operations) {
      if (operation.endNanos() < written) {
        return Optional.of("value " + value + " was read before it was written");
      }
    }
    long lastBegin = operations.stream().mapToLong(Operation::beginNanos).max().orElseThrow();
    zones.add(new Zone(value, firstEnd, lastBegin));
    return Optional.empty();
  }

  private static Optional<String> conflict(List<Zone> zones) {
    List<Zone> forward =
        zones.stream()
            .filter(Zone::isForward)
            .sorted(Comparator.comparingLong(Zone::low).thenComparingLong(Zone::value))
            .toList();
    for (int i = 1; i < forward.size(); i++) {
      Zone before = forward.get(i - 1);
      if (forward.get(i).low() < before.high()) {
        return Optional.of(
            "%s and %s were there at the same time".formatted(before, forward.get(i)));
      }
    }
    for (Zone zone : zones) {
      for (Zone held : forward) {
        if (!zone.isForward() && held.low() < zone.low() && zone.high() < held.high()) {
          return Optional.of("%s was there while %s was".formatted(zone, held));
        }
      }
    }
    return Optional.empty();
  }
}
