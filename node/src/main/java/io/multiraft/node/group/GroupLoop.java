package io.multiraft.node.group;

import io.multiraft.node.log.Batch;
import io.multiraft.node.log.NodeLog;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Drives all groups that are pinned to one event loop. A turn takes what has arrived for each group
 * that something arrived for, steps the groups, and hands what they want durable to the log as one
 * batch. A group that has more to do than a slice waits behind the others. Events may be handed in
 * from any thread; all else runs on the loop.
 */
final class GroupLoop {
  private static final int MAX_ACTIONS_PER_SLICE = 1_024;
  private static final long MAX_SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long MAX_TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
  private static final int MIN_GROUPS_PER_TURN = 64;
  private static final int GROUPS_PER_VISIT = 256;
  private static final int TIMER_STEPS_PER_HEARTBEAT = 10;

  /** What a turn makes durable of one group, and up to which Ready. */
  private record Persist(LoopMember group, long sequence) {}

  private final EventLoop loop;
  private final Ticker clock;
  private final NodeLog log;
  private final LoopTimers timers;
  private final Queue<LoopMember> listed = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Set<Group> groups = new LinkedHashSet<>();
  private final Set<LoopMember> dirty = new LinkedHashSet<>();
  private final Set<LoopMember> waiting = new LinkedHashSet<>();
  private final LongAdder longSlices = new LongAdder();
  private boolean turning;
  private volatile long lastTurnNanos;

  GroupLoop(EventLoop loop, NodeLog log, long heartbeatNanos) {
    this.loop = loop;
    this.log = log;
    this.clock = loop.ticker();
    this.lastTurnNanos = clock.nanoTime();
    this.timers = new LoopTimers(loop, Math.max(1, heartbeatNanos / TIMER_STEPS_PER_HEARTBEAT));
    loop.scheduleWithFixedDelay(this::sweep, heartbeatNanos, heartbeatNanos, TimeUnit.NANOSECONDS);
  }

  EventLoop eventLoop() {
    return loop;
  }

  LoopTimers timers() {
    return timers;
  }

  /** The node's clock. Any thread. */
  long nanoTime() {
    return clock.nanoTime();
  }

  /** When the loop last proved that it turns, by the node's clock. Any thread. */
  long lastTurnNanos() {
    return lastTurnNanos;
  }

  /** How often a group held the loop for longer than a slice. Any thread. */
  long longSlices() {
    return longSlices.sum();
  }

  /** The group is driven by this loop from now on. Any thread. */
  void add(Group group) {
    execute(group, () -> groups.add(group));
  }

  /** The group has ended. On the loop. */
  void remove(Group group) {
    groups.remove(group);
  }

  /** Visits every group of this loop, some in each turn. Any thread. */
  void forEachGroup(Consumer<Group> action) {
    forEachGroup(action, () -> {});
  }

  /** The same, and runs {@code after} behind the last one. */
  void forEachGroup(Consumer<Group> action, Runnable after) {
    loop.execute(() -> visit(List.copyOf(groups).iterator(), action, after));
  }

  private void visit(Iterator<Group> rest, Consumer<Group> action, Runnable after) {
    for (int i = 0; i < GROUPS_PER_VISIT && rest.hasNext(); i++) {
      Group group = rest.next();
      guarded(group, () -> action.accept(group));
    }
    if (rest.hasNext()) {
      loop.execute(() -> visit(rest, action, after));
    } else {
      after.run();
    }
  }

  /** Runs an action of a group in one of the next turns; what it throws ends that group only. */
  void execute(LoopMember group, Runnable action) {
    if (group.inbox().add(action)) {
      listed.add(group);
      schedule();
    }
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      try {
        loop.execute(this::turn);
      } catch (RejectedExecutionException e) {
        // The node stops: the loop has ended and its groups with it, there is nobody to tell.
        return;
      }
    }
  }

  /** The group has something for {@link Group#collect} in this turn. */
  void markDirty(LoopMember group) {
    dirty.add(group);
    if (!turning) {
      schedule(); // a turn that is under way takes it itself
    }
  }

  /** The group has requests that wait and may run out of time. */
  void markWaiting(LoopMember group) {
    waiting.add(group);
  }

  private void turn() {
    scheduled.set(false);
    turning = true;
    try {
      serve(clock.nanoTime() + MAX_TURN_NANOS);
      collect(clock.nanoTime() + MAX_TURN_NANOS);
    } finally {
      turning = false;
    }
    if (!listed.isEmpty() || !dirty.isEmpty()) {
      schedule();
    }
  }

  /** A slice for each group on the list, once. */
  private void serve(long endNanos) {
    LoopMember last = null;
    int served = 0;
    for (LoopMember group = listed.poll(); group != null; group = listed.poll()) {
      serve(group);
      if (group.inbox().served()) {
        listed.add(group);
        last = last == null ? group : last;
      }
      if (isTurnOver(++served, endNanos) || (last != null && listed.peek() == last)) {
        return;
      }
    }
  }

  /** Looked at after each group; a loop that stood still goes on with more than one. */
  private boolean isTurnOver(int groupsDone, long endNanos) {
    return groupsDone >= MIN_GROUPS_PER_TURN && clock.nanoTime() - endNanos >= 0;
  }

  private void serve(LoopMember group) {
    long startNanos = clock.nanoTime();
    int actions = 0;
    for (Runnable action = group.inbox().poll(); action != null; action = group.inbox().poll()) {
      guarded(group, action);
      if (++actions == MAX_ACTIONS_PER_SLICE || isSliceOver(startNanos)) {
        return;
      }
    }
  }

  private boolean isSliceOver(long startNanos) {
    boolean over = clock.nanoTime() - startNanos >= MAX_SLICE_NANOS;
    if (over) {
      longSlices.increment();
    }
    return over;
  }

  private void collect(long endNanos) {
    List<Persist> persists = new ArrayList<>();
    Batch batch = new Batch(loop);
    int collected = 0;
    // What is left has its turn behind what has arrived on the loop meanwhile.
    while (!dirty.isEmpty() && !isTurnOver(collected, endNanos)) {
      List<LoopMember> round = List.copyOf(dirty);
      for (int i = 0; i < round.size() && !isTurnOver(collected, endNanos); i++, collected++) {
        LoopMember group = round.get(i);
        dirty.remove(group);
        long startNanos = clock.nanoTime();
        guarded(group, () -> collect(group, batch, persists));
        isSliceOver(startNanos);
      }
    }
    if (!batch.isEmpty()) {
      log.submit(batch.onDurable(() -> durable(persists)));
    }
  }

  private static void collect(LoopMember group, Batch batch, List<Persist> persists) {
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
  private static void guarded(LoopMember group, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | AssertionError e) {
      group.crashed(e);
    }
  }

  private void sweep() {
    lastTurnNanos = clock.nanoTime();
    for (LoopMember group : List.copyOf(waiting)) {
      guarded(
          group,
          () -> {
            if (!group.expire(lastTurnNanos)) {
              waiting.remove(group);
            }
          });
    }
  }
}
