package io.multiraft.node.group;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * A bounded number of things at a time on a node. Those who wait get their turn in order; each
 * group waits at most once. Thread-safe.
 */
final class Permits {
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int free;

  Permits(int count) {
    this.free = count;
  }

  /** Takes a permit if there is one now. */
  synchronized boolean tryAcquire() {
    if (free == 0) {
      return false;
    }
    free--;
    return true;
  }

  /**
   * Runs {@code granted}, which must be short, once there is a permit for it: now, or on the thread
   * that gives one back.
   */
  void acquire(Runnable granted) {
    synchronized (this) {
      if (free == 0) {
        waiting.add(granted);
        return;
      }
      free--;
    }
    granted.run();
  }

  /** Gives a permit back. */
  void release() {
    Runnable next;
    synchronized (this) {
      next = waiting.poll();
      if (next == null) {
        free++;
        return;
      }
    }
    next.run();
  }
}
