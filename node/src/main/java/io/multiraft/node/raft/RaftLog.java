package io.multiraft.node.raft;

import java.util.List;
import java.util.stream.LongStream;

/**
 * A group's log as its core sees it: what was appended is readable at once, durable later. Used
 * only by the thread that drives the core. Indices start at 1.
 */
public interface RaftLog {
  /**
   * Index of the first entry kept; 1 until a snapshot has replaced a prefix. The runtime may remove
   * entries up to the newest durable snapshot's last one, as far as they are applied, at any time
   * between two calls of the core; it had better keep some for followers that are slow.
   */
  long firstIndex();

  /** Index of the last entry, {@code firstIndex() - 1} when there is none. */
  long lastIndex();

  /**
   * The term of an entry, or of the one just before {@link #firstIndex()}; 0 for index 0 and for
   * every index outside the log.
   */
  long term(long index);

  /**
   * Entries from {@code fromIndex} to at most {@code toIndex} (inclusive): at least one, then as
   * many as fit into {@code maxBytes} of payload and {@code maxEntries}. All must be in the log.
   */
  List<LogEntry> entries(long fromIndex, long toIndex, long maxBytes, int maxEntries);

  /**
   * Where configurations ({@link EntryType#CONF}) are from {@code fromIndex} to {@code toIndex}
   * (inclusive), rising; all of these must be in the log. There are few, so that a start need not
   * read all entries to find them.
   */
  default long[] configIndices(long fromIndex, long toIndex) {
    return LongStream.rangeClosed(fromIndex, toIndex)
        .filter(index -> entries(index, index, 1, 1).get(0).type() == EntryType.CONF)
        .toArray();
  }

  /** Appends at {@code firstIndex} after cutting everything at and behind it. */
  void append(long firstIndex, List<LogEntry> entries);

  /**
   * A snapshot, which is durable, takes the place of the whole log: then it is empty, begins at
   * {@code snapshot.index() + 1}, and {@code term(snapshot.index())} is the snapshot's term. Like
   * what is appended, this is durable with the next {@link Ready}.
   */
  void reset(SnapshotMeta snapshot);
}
