package io.multiraft.node.api;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Waits that all last equally long. Beginning and ending one costs an entry in a set and no timer:
 * waits are told that their time is over in steps, up to one step late. Thread-safe.
 */
final class Deadlines {
  private static final int STEPS = 8;

  /** Something that waits; it is told at most once, and not after {@link #end}. */
  interface Waiting {
    void timedOut();
  }

  /** What began in the same step; one more set than steps, since the current one is not over. */
  private final List<Set<Waiting>> begunIn =
      Stream.<Set<Waiting>>generate(ConcurrentHashMap::newKeySet).limit(STEPS + 1).toList();

  private volatile int current;

  /** How often {@link #step} must be called so that a wait lasts this long. */
  static long stepMillis(long waitMillis) {
    return Math.max(1, waitMillis / STEPS);
  }

  /**
   * Begins a wait.
   *
   * @return for {@link #end}
   */
  Set<Waiting> begin(Waiting waiting) {
    Set<Waiting> step = begunIn.get(current);
    step.add(waiting);
    return step;
  }

  /** Ends a wait that {@link #begin} began. */
  static void end(Waiting waiting, Set<Waiting> begun) {
    begun.remove(waiting);
  }

  /** Another step is over; called by one thread. */
  void step() {
    int next = (current + 1) % begunIn.size();
    Set<Waiting> over = begunIn.get(next);
    for (Waiting waiting : over) {
      if (over.remove(waiting)) {
        waiting.timedOut();
      }
    }
    current = next;
  }
}
