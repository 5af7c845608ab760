package io.multiraft.node.group;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What waits for one group, so that a busy one fills no queue but its own. Filled from any thread,
 * emptied on the group's event loop.
 */
final class Inbox {
  private final Queue<Runnable> actions = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean listed = new AtomicBoolean();

  /** Adds an action; whether the group must be put on the loop's list now. */
  boolean add(Runnable action) {
    actions.add(action);
    return !listed.get() && listed.compareAndSet(false, true);
  }

  /** The next action, null if there is none. */
  Runnable poll() {
    return actions.poll();
  }

  /** The group was served; whether it must be put on the list again. */
  boolean served() {
    if (!actions.isEmpty()) {
      return true;
    }
    listed.set(false);
    return !actions.isEmpty() && listed.compareAndSet(false, true);
  }
}
