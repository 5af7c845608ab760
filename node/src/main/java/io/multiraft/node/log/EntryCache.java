package io.multiraft.node.log;

import io.multiraft.node.raft.LogEntry;

/**
 * The newest entries of one group in memory. Entries that are not durable stay; durable ones go,
 * oldest first, when the group or the node holds too many bytes. Synchronized because the node's
 * bound evicts from any thread; the lock is held for short work in memory only.
 */
final class EntryCache {
  /** Rough cost of an entry's objects, so that many empty entries are bounded, too. */
  private static final int ENTRY_OVERHEAD_BYTES = 64;

  private static final int INITIAL_SLOTS = 8;
  private static final LogEntry[] NONE = {};

  private final long maxBytes;
  private final CacheBudget budget;

  /** A ring: the entry of index i is in slot i modulo the length, a power of two. */
  private LogEntry[] slots = NONE;

  private long firstIndex = 1;
  private long lastIndex;
  private long lastDurableIndex;
  private long bytes;
  private boolean used;
  private boolean closed;

  EntryCache(long maxBytes, CacheBudget budget) {
    this.maxBytes = maxBytes;
    this.budget = budget;
  }

  /** The entry, null if it is not held. */
  synchronized LogEntry get(long index) {
    used = true;
    return index >= firstIndex && index <= lastIndex ? slots[slot(index)] : null;
  }

  /** Forgets the entries at {@code index} and behind. */
  synchronized void truncate(long index) {
    while (lastIndex >= index && lastIndex >= firstIndex) {
      drop(lastIndex--);
    }
    lastDurableIndex = Math.min(lastDurableIndex, index - 1);
  }

  /** Forgets the entries before {@code index}. */
  synchronized void compact(long index) {
    while (firstIndex < index && firstIndex <= lastIndex) {
      drop(firstIndex++);
    }
    shrink();
  }

  /** Adds the entry behind the last one held. */
  synchronized void append(long index, LogEntry entry) {
    if (closed) {
      return;
    }
    if (firstIndex > lastIndex) {
      firstIndex = index;
      lastIndex = index - 1;
    }
    if (index - firstIndex == slots.length) {
      grow();
    }
    lastIndex = index;
    slots[slot(index)] = entry;
    count(cost(entry));
  }

  /** Entries up to this one can be read from disk from now on. */
  synchronized void durable(long index) {
    lastDurableIndex = Math.max(lastDurableIndex, index);
    evictDownTo(maxBytes);
  }

  /** The node holds too much: drops what is durable, unless it was used since the last call. */
  synchronized void evictUnlessUsed() {
    if (!used) {
      evictDownTo(0);
    }
    used = false;
  }

  synchronized void close() {
    closed = true;
    slots = NONE;
    lastIndex = firstIndex - 1;
    count(-bytes);
    budget.forget(this);
  }

  private void evictDownTo(long limitBytes) {
    while (bytes > limitBytes && firstIndex <= Math.min(lastIndex, lastDurableIndex)) {
      drop(firstIndex++);
    }
    shrink();
  }

  private void shrink() {
    if (firstIndex > lastIndex) {
      slots = NONE;
    }
  }

  private void drop(long index) {
    count(-cost(slots[slot(index)]));
    slots[slot(index)] = null;
  }

  private void grow() {
    LogEntry[] old = slots;
    slots = new LogEntry[Math.max(INITIAL_SLOTS, old.length * 2)];
    for (long index = firstIndex; index <= lastIndex; index++) {
      slots[slot(index)] = old[(int) (index & (old.length - 1))];
    }
  }

  private int slot(long index) {
    return (int) (index & (slots.length - 1));
  }

  private void count(long change) {
    bytes += change;
    budget.count(change);
  }

  private static long cost(LogEntry entry) {
    return entry.payload().length + ENTRY_OVERHEAD_BYTES;
  }
}
