package io.multiraft.node.group;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Numbers the changes of a node's groups so that a watcher can go on where it stopped. A group
 * stands only at its newest change, so the memory is bounded by the number of groups; removals are
 * kept up to a bound, and a cursor from before the oldest one kept is refused. Thread-safe.
 */
public final class ChangeFeed {
  private static final int MAX_REMOVALS = 10_000;

  /** One change: a group that is as its status says now, or, with a uid, one that is gone. */
  public record Change(long sequence, int groupId, String removedUid) {
    /** Whether the group is gone. */
    public boolean isRemoval() {
      return removedUid != null;
    }
  }

  private final TreeMap<Long, Change> bySequence = new TreeMap<>();
  private final Map<Integer, Long> newest = new HashMap<>();
  private final Deque<Long> removals = new ArrayDeque<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private long sequence;
  private long forgottenUpTo;

  /** Notes that a group's meaning changed. */
  public void changed(int groupId) {
    note(groupId, null);
  }

  /** Notes that a group is gone. */
  public void removed(int groupId, String uid) {
    note(groupId, uid);
  }

  private void note(int groupId, String removedUid) {
    synchronized (this) {
      sequence++;
      Long before = newest.put(groupId, sequence);
      if (before != null) {
        bySequence.remove(before);
      }
      bySequence.put(sequence, new Change(sequence, groupId, removedUid));
      if (removedUid != null) {
        removals.add(sequence);
        forgetOldRemovals();
      }
    }
    listeners.forEach(Runnable::run);
  }

  private void forgetOldRemovals() {
    while (removals.size() > MAX_REMOVALS) {
      long oldest = removals.remove();
      Change change = bySequence.remove(oldest);
      if (change != null) {
        newest.remove(change.groupId(), oldest);
      }
      forgottenUpTo = oldest;
    }
  }

  /** The newest change's number. */
  public synchronized long sequence() {
    return sequence;
  }

  /** Whether a watcher that has seen everything up to {@code cursor} can go on from there. */
  public synchronized boolean knows(long cursor) {
    return cursor >= forgottenUpTo && cursor <= sequence;
  }

  /** At most {@code limit} changes behind {@code cursor}, oldest first. */
  public synchronized List<Change> since(long cursor, int limit) {
    List<Change> changes = new ArrayList<>();
    for (Change change : bySequence.tailMap(cursor, false).values()) {
      if (changes.size() == limit) {
        break;
      }
      changes.add(change);
    }
    return changes;
  }

  /** Calls {@code listener} after each change, on the thread that noted it; it must not block. */
  public void addListener(Runnable listener) {
    listeners.add(listener);
  }

  /** Stops calling {@code listener}. */
  public void removeListener(Runnable listener) {
    listeners.remove(listener);
  }
}
