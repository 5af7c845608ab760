package io.multiraft.node.simulation;

import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Time, chance and order of a simulation: events happen one after another, and everything that
 * happens is determined by the seed. What happened goes into a hash, so that two runs can be
 * compared, and as text to whoever wants to read it.
 */
final class World {
  static final long MICRO = 1_000;
  static final long MILLI = 1_000_000;

  private record Event(long atNanos, long number, Runnable action) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (a, b) ->
              a.atNanos() != b.atNanos()
                  ? Long.compare(a.atNanos(), b.atNanos())
                  : Long.compare(a.number(), b.number()));
  private final SplittableRandom random;
  private final Consumer<String> trace;
  private long nowNanos;
  private long lastNumber;
  private long hash = 1;
  private Violation failure;

  /**
   * @param trace takes a line for each thing that happens, null for none
   */
  World(long seed, Consumer<String> trace) {
    this.random = new SplittableRandom(seed);
    this.trace = trace;
  }

  long nowNanos() {
    return nowNanos;
  }

  SplittableRandom random() {
    return random;
  }

  /** From 0 (inclusive) to {@code bound} (exclusive), mostly small. */
  long skewed(long bound) {
    return (long) (bound * Math.pow(random.nextDouble(), 3));
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  void after(long nanos, Runnable action) {
    events.add(new Event(nowNanos + Math.max(0, nanos), ++lastNumber, action));
  }

  /** Lets the next event happen, if it is due by {@code untilNanos}; whether there was one. */
  boolean step(long untilNanos) {
    Event next = events.peek();
    if (next == null || next.atNanos() > untilNanos) {
      nowNanos = Math.max(nowNanos, untilNanos);
      return false;
    }
    events.remove();
    nowNanos = next.atNanos();
    mix(next.atNanos());
    mix(next.number());
    next.action().run();
    if (failure != null) {
      throw failure;
    }
    return true;
  }

  /** Ends the run behind this event; for those whose throws the nodes would take for their own. */
  void fail(Violation violation) {
    failure = failure == null ? violation : failure;
  }

  /** A fact becomes part of what two runs of a seed must have in common. */
  void mix(long fact) {
    hash = (hash ^ fact) * 0x9e3779b97f4a7c15L;
    hash ^= hash >>> 29;
  }

  long hash() {
    return hash;
  }

  boolean isTraced() {
    return trace != null;
  }

  /** Something to read about where the run goes wrong. */
  void say(int node, Supplier<String> what) {
    if (trace != null) {
      String who = node == 0 ? "world" : "node " + node;
      trace.accept("%10.3f ms  %-6s  %s".formatted(nowNanos / (double) MILLI, who, what.get()));
    }
  }
}
