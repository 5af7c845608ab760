package io.multiraft.node.kv;

import io.etcd.jetcd.api.KeyValue;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The versions of one key in the order of their revisions; a deletion is a version 0.
 *
 * <p>One writer, many readers without a lock: what a reader has seen of an array never changes. The
 * writer appends behind the last visible slot and then publishes a new pair of array and size.
 */
final class KeyHistory {
  private record Versions(KeyValue[] array, int size) {}

  private volatile Versions versions = new Versions(new KeyValue[1], 0);

  /** The key as it was at the revision, or null when it did not exist. */
  KeyValue at(long revision) {
    Versions seen = versions;
    int index = lastAtOrBelow(seen, revision);
    if (index < 0 || isDeletion(seen.array[index])) {
      return null;
    }
    return seen.array[index];
  }

  void append(KeyValue version) {
    Versions old = versions;
    KeyValue[] array = old.array;
    if (old.size == array.length) {
      array = Arrays.copyOf(array, Math.max(4, old.size * 2));
    }
    array[old.size] = version;
    versions = new Versions(array, old.size + 1);
  }

  /**
   * Forgets what no read at or above the revision can see.
   *
   * @return bytes of keys and values forgotten
   */
  long compact(long revision) {
    Versions old = versions;
    int first = Math.max(0, lastAtOrBelow(old, revision));
    if (first < old.size
        && isDeletion(old.array[first])
        && old.array[first].getModRevision() <= revision) {
      first++;
    }
    long forgotten = 0;
    for (int i = 0; i < first; i++) {
      forgotten += old.array[i].getKey().size() + old.array[i].getValue().size();
    }
    if (first > 0) {
      KeyValue[] rest = Arrays.copyOfRange(old.array, first, Math.max(old.size, first + 1));
      versions = new Versions(rest, old.size - first);
    }
    return forgotten;
  }

  /** Every version there is, deletions too, by rising revision. */
  List<KeyValue> all() {
    Versions seen = versions;
    return Collections.unmodifiableList(Arrays.asList(seen.array).subList(0, seen.size));
  }

  boolean isEmpty() {
    return versions.size == 0;
  }

  private static int lastAtOrBelow(Versions seen, long revision) {
    int low = 0;
    int high = seen.size;
    if (high > 0 && seen.array[high - 1].getModRevision() <= revision) {
      return high - 1; // what writes and most reads ask for, without touching a long history
    }
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (seen.array[middle].getModRevision() <= revision) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  static boolean isDeletion(KeyValue version) {
    return version.getVersion() == 0;
  }
}
