package io.multiraft.node.kv;

import io.etcd.jetcd.api.KeyValue;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Every change by rising revision, from the compacted revision on, in the order in which one
 * revision's changes were made: what watches read.
 *
 * <p>One writer, many readers without a lock. Changes lie in chunks, and no revision lies in two,
 * so that what is forgotten gives its memory back. A slot is written before the chunk's size shows
 * it and never changes afterwards.
 */
final class RevisionLog {
  private static final int CHUNK_CHANGES = 512;
  private static final int FIRST_CHANGES = 4;

  /** Looks at changes one after another. */
  interface Visitor {
    /** Whether to go on. */
    boolean accept(KeyValue change);
  }

  private static final class Chunk {
    // the array is replaced before the size that needs it is shown, so a reader takes the size
    // first
    private volatile KeyValue[] changes = new KeyValue[FIRST_CHANGES];
    private volatile int size;

    void add(KeyValue change) {
      int index = size;
      if (index == changes.length) {
        changes = Arrays.copyOf(changes, index * 2);
      }
      changes[index] = change;
      size = index + 1;
    }

    KeyValue last() {
      return changes[size - 1];
    }
  }

  private final ConcurrentNavigableMap<Long, Chunk> chunks = new ConcurrentSkipListMap<>();
  private Chunk newest;

  /** Writer only; revisions never fall. */
  void append(KeyValue change) {
    long revision = change.getModRevision();
    boolean full =
        newest != null
            && newest.size >= CHUNK_CHANGES
            && newest.last().getModRevision() != revision;
    if (newest == null || full) {
      newest = new Chunk();
      newest.add(change);
      chunks.put(revision, newest);
    } else {
      newest.add(change);
    }
  }

  /**
   * Visits what lies between two revisions, both included. Nothing is missed as long as {@code
   * from} is not below what was forgotten, which the caller checks afterwards.
   */
  void forEach(long from, long to, Visitor visitor) {
    Map.Entry<Long, Chunk> first = chunks.floorEntry(from);
    long begin = first == null ? from : first.getKey();
    long next = from;
    for (Chunk chunk : chunks.tailMap(begin, true).values()) {
      int size = chunk.size;
      KeyValue[] changes = chunk.changes;
      for (int i = firstAtOrAbove(changes, size, next); i < size; i++) {
        if (changes[i].getModRevision() > to || !visitor.accept(changes[i])) {
          return;
        }
      }
      // while something is forgotten a chunk and the copy of its rest may both be there
      next = Math.max(next, changes[size - 1].getModRevision() + 1);
    }
  }

  private static int firstAtOrAbove(KeyValue[] changes, int size, long revision) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (changes[middle].getModRevision() < revision) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Lets go of everything below the revision. Writer only. */
  void forgetBelow(long revision) {
    Map.Entry<Long, Chunk> oldest = chunks.firstEntry();
    while (oldest != null && oldest.getKey() < revision) {
      Chunk chunk = oldest.getValue();
      int kept = firstAtOrAbove(chunk.changes, chunk.size, revision);
      if (kept < chunk.size) {
        Chunk rest = new Chunk();
        for (int i = kept; i < chunk.size; i++) {
          rest.add(chunk.changes[i]);
        }
        // a reader finds what is kept in the old chunk or the new one
        chunks.put(chunk.changes[kept].getModRevision(), rest);
        newest = newest == chunk ? rest : newest;
      } else if (newest == chunk) {
        newest = null;
      }
      chunks.remove(oldest.getKey());
      oldest = chunks.firstEntry();
    }
  }
}
