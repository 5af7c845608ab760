package io.multiraft.node.log;

import java.util.Arrays;

/** Rising indices of entries of one kind, of which a log has few. */
final class IndexList {
  private static final long[] NONE = {};

  private long[] indices = NONE;
  private int count;

  void append(long index) {
    if (count == indices.length) {
      indices = Arrays.copyOf(indices, Math.max(1, 2 * count));
    }
    indices[count++] = index;
  }

  /** Forgets those at {@code index} and behind. */
  void truncate(long index) {
    while (count > 0 && indices[count - 1] >= index) {
      count--;
    }
  }

  /** Forgets those before {@code index}. */
  void compact(long index) {
    int first = slot(index);
    if (first > 0) {
      indices = first == count ? NONE : Arrays.copyOfRange(indices, first, count);
      count -= first;
    }
  }

  /** Those from {@code from} to {@code to}. */
  long[] range(long from, long to) {
    int first = slot(from);
    return Arrays.copyOfRange(indices, first, Math.max(first, slot(to + 1)));
  }

  /** The place of the first one that is not before {@code index}. */
  private int slot(long index) {
    int found = Arrays.binarySearch(indices, 0, count, index);
    return found >= 0 ? found : -found - 1;
  }
}
