package io.multiraft.node.log;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** The node's bound on cached entries: a second-chance clock over the groups' caches. */
final class CacheBudget {
  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();
  private final Queue<EntryCache> caches = new ConcurrentLinkedQueue<>();

  CacheBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  void register(EntryCache cache) {
    caches.add(cache);
  }

  /**
   * A cache that was closed; one that is just being visited comes back empty, which is harmless.
   */
  void forget(EntryCache cache) {
    caches.remove(cache);
  }

  void count(long change) {
    bytes.addAndGet(change);
  }

  long bytes() {
    return bytes.get();
  }

  /** Evicts until the node is within its bound, or until two rounds found no more to evict. */
  void enforce() {
    if (bytes.get() <= maxBytes) {
      return;
    }
    int visits = 2 * caches.size();
    while (visits-- > 0 && bytes.get() > maxBytes) {
      EntryCache cache = caches.poll();
      if (cache == null) {
        return;
      }
      cache.evictUnlessUsed();
      caches.add(cache);
    }
  }
}
