package io.multiraft.node.raft;

import java.util.PriorityQueue;

/** Simulated time, and what is to happen in it. */
final class SimClock {
  private record Event(long nanos, long order, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return nanos != other.nanos
          ? Long.compare(nanos, other.nanos)
          : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long elapsedNanos;
  private long order;

  /** Since the simulation began. */
  long elapsedNanos() {
    return elapsedNanos;
  }

  void after(long nanos, Runnable action) {
    events.add(new Event(elapsedNanos + nanos, order++, action));
  }

  /** Lets everything happen that is due within this time. */
  void runFor(long nanos, Runnable afterEach) {
    long end = elapsedNanos + nanos;
    while (!events.isEmpty() && events.peek().nanos <= end) {
      Event event = events.remove();
      elapsedNanos = event.nanos;
      event.action.run();
      afterEach.run();
    }
    elapsedNanos = end;
  }
}
