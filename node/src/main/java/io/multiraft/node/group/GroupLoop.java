package io.multiraft.node.group;

import io.multiraft.node.log.Batch;
import io.multiraft.node.log.NodeLog;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Drives all groups that are pinned to one event loop. A turn takes what has arrived, steps the
 * groups, and hands what they want durable to the log as one batch. Events may be handed in from
 * any thread; all else runs on the loop.
 */
final class GroupLoop {
  private static final int MAX_EVENTS_PER_TURN = 2_048;
  private static final long SWEEP_MILLIS = 100;

  /** Something that happened to a group. */
  private record Event(Group group, Runnable action) {}

  /** What a turn makes durable of one group, and up to which Ready. */
  private record Persist(Group group, long sequence) {}

  private final EventLoop loop;
  private final Ticker clock;
  private final NodeLog log;
  private final Queue<Event> events = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Set<Group> dirty = new LinkedHashSet<>();
  private final Set<Group> waiting = new LinkedHashSet<>();
  private boolean turning;
  private volatile long lastTurnNanos;

  GroupLoop(EventLoop loop, NodeLog log) {
    this.loop = loop;
    this.log = log;
    this.clock = loop.ticker();
    this.lastTurnNanos = clock.nanoTime();
    loop.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  EventLoop eventLoop() {
    return loop;
  }

  /** The node's clock. Any thread. */
  long nanoTime() {
    return clock.nanoTime();
  }

  /** When the loop last proved that it turns, by the node's clock. Any thread. */
  long lastTurnNanos() {
    return lastTurnNanos;
  }

  /** Runs an action of a group in one of the next turns; what it throws ends that group only. */
  void execute(Group group, Runnable action) {
    events.add(new Event(group, action));
    schedule();
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      loop.execute(this::turn);
    }
  }

  /** The group has something for {@link Group#collect} in this turn. */
  void markDirty(Group group) {
    dirty.add(group);
    if (!turning) {
      schedule(); // a turn that is under way takes it itself
    }
  }

  /** The group has requests that wait and may run out of time. */
  void markWaiting(Group group) {
    waiting.add(group);
  }

  private void turn() {
    scheduled.set(false);
    turning = true;
    try {
      takeEventsAndCollect();
    } finally {
      turning = false;
    }
    if (!events.isEmpty()) {
      schedule();
    }
  }

  private void takeEventsAndCollect() {
    for (int i = 0; i < MAX_EVENTS_PER_TURN; i++) {
      Event event = events.poll();
      if (event == null) {
        break;
      }
      guarded(event.group(), event.action());
    }
    collect();
  }

  private void collect() {
    List<Persist> persists = new ArrayList<>();
    Batch batch = new Batch(loop);
    while (!dirty.isEmpty()) {
      List<Group> round = List.copyOf(dirty);
      dirty.clear();
      for (Group group : round) {
        guarded(group, () -> collect(group, batch, persists));
      }
    }
    if (!batch.isEmpty()) {
      log.submit(batch.onDurable(() -> durable(persists)));
    }
  }

  private static void collect(Group group, Batch batch, List<Persist> persists) {
    long sequence = group.collect();
    if (sequence > 0) {
      persists.add(new Persist(group, sequence));
    }
    if (group.log().hasStaged()) {
      batch.add(group.log());
    }
  }

  private static void durable(List<Persist> persists) {
    for (Persist persist : persists) {
      guarded(persist.group(), () -> persist.group().durable(persist.sequence()));
    }
  }

  /** A broken group must not take the loop's other groups with it. */
  private static void guarded(Group group, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | AssertionError e) {
      group.crashed(e);
    }
  }

  private void sweep() {
    lastTurnNanos = clock.nanoTime();
    waiting.removeIf(group -> !group.expire(lastTurnNanos));
  }
}
