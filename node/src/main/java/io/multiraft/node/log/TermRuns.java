package io.multiraft.node.log;

import java.util.Arrays;

/** The terms of a log's entries as runs of equal terms: few numbers however long the log. */
final class TermRuns {
  private static final long[] NONE = {};

  private long[] firstIndices = NONE;
  private long[] terms = NONE;
  private int count;

  /** Notes that the entries from {@code index} on have this term. */
  void append(long index, long term) {
    if (count > 0 && terms[count - 1] == term) {
      return;
    }
    if (count == terms.length) {
      int room = Math.max(1, count * 2);
      firstIndices = Arrays.copyOf(firstIndices, room);
      terms = Arrays.copyOf(terms, room);
    }
    firstIndices[count] = index;
    terms[count] = term;
    count++;
  }

  /** Forgets the entries at {@code index} and behind. */
  void truncate(long index) {
    while (count > 0 && firstIndices[count - 1] >= index) {
      count--;
    }
  }

  /** Forgets the entries before {@code index}; all, if it is behind the last. */
  void compact(long index) {
    int first = Math.max(0, run(index));
    if (first > 0) {
      firstIndices = Arrays.copyOfRange(firstIndices, first, count);
      terms = Arrays.copyOfRange(terms, first, count);
      count -= first;
    }
  }

  /** The term of an entry that was appended. */
  long term(long index) {
    return terms[run(index)];
  }

  private int run(long index) {
    int found = Arrays.binarySearch(firstIndices, 0, count, index);
    return found >= 0 ? found : -found - 2;
  }
}
