package io.multiraft.node.log;

import java.util.Arrays;

/** The terms of a log's entries as runs of equal terms: few numbers however long the log. */
final class TermRuns {
  private long[] firstIndices = new long[4];
  private long[] terms = new long[4];
  private int count;

  /** Notes that the entries from {@code index} on have this term. */
  void append(long index, long term) {
    if (count > 0 && terms[count - 1] == term) {
      return;
    }
    if (count == terms.length) {
      firstIndices = Arrays.copyOf(firstIndices, count * 2);
      terms = Arrays.copyOf(terms, count * 2);
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

  /** The term of an entry that was appended. */
  long term(long index) {
    int found = Arrays.binarySearch(firstIndices, 0, count, index);
    return terms[found >= 0 ? found : -found - 2];
  }
}
