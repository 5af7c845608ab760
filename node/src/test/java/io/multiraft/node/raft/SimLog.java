package io.multiraft.node.raft;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** A log in memory; what is appended is also staged for the {@link SimDisk}. */
final class SimLog implements RaftLog {
  /** Told of every entry that any log gets. */
  interface Observer {
    void appended(long index, LogEntry entry, long prefixHash);

    void truncated(long fromIndex);

    /** An observer that does not look. */
    static Observer none() {
      return new Observer() {
        @Override
        public void appended(long index, LogEntry entry, long prefixHash) {}

        @Override
        public void truncated(long fromIndex) {}
      };
    }
  }

  private final List<LogEntry> entries = new ArrayList<>();
  private final List<Long> prefixHashes = new ArrayList<>();
  private final Observer observer;
  private List<SimDisk.Record> staged = new ArrayList<>();

  SimLog(List<LogEntry> durable, Observer observer) {
    this.observer = observer;
    durable.forEach(this::add);
  }

  @Override
  public long firstIndex() {
    return 1;
  }

  @Override
  public long lastIndex() {
    return entries.size();
  }

  @Override
  public long term(long index) {
    return index < 1 || index > entries.size() ? 0 : entries.get((int) index - 1).term();
  }

  LogEntry entry(long index) {
    return entries.get((int) index - 1);
  }

  /** A hash of all entries up to {@code index}. */
  long prefixHash(long index) {
    return index == 0 ? 0 : prefixHashes.get((int) index - 1);
  }

  @Override
  public List<LogEntry> entries(long fromIndex, long toIndex, long maxBytes, int maxEntries) {
    if (fromIndex < 1 || toIndex > lastIndex() || fromIndex > toIndex) {
      throw new IllegalArgumentException(fromIndex + ".." + toIndex + " is not in the log");
    }
    List<LogEntry> found = new ArrayList<>();
    long bytes = 0;
    for (long index = fromIndex; index <= toIndex && found.size() < maxEntries; index++) {
      bytes += entry(index).payload().length;
      if (!found.isEmpty() && bytes > maxBytes) {
        break;
      }
      found.add(entry(index));
    }
    return found;
  }

  @Override
  public void append(long firstIndex, List<LogEntry> appended) {
    if (firstIndex < 1 || firstIndex > lastIndex() + 1 || appended.isEmpty()) {
      throw new IllegalArgumentException(
          "append of %d entries at %d behind %d"
              .formatted(appended.size(), firstIndex, lastIndex()));
    }
    if (firstIndex <= lastIndex()) {
      observer.truncated(firstIndex);
      entries.subList((int) firstIndex - 1, entries.size()).clear();
      prefixHashes.subList((int) firstIndex - 1, prefixHashes.size()).clear();
    }
    appended.forEach(this::add);
    staged.add(new SimDisk.Record.Entries(firstIndex, List.copyOf(appended)));
  }

  @Override
  public void reset(SnapshotMeta snapshot) {
    throw new UnsupportedOperationException("this world has no snapshots");
  }

  private void add(LogEntry entry) {
    long hash = hash(prefixHash(lastIndex()), entry);
    entries.add(entry);
    prefixHashes.add(hash);
    observer.appended(lastIndex(), entry, hash);
  }

  private static long hash(long before, LogEntry entry) {
    CRC32C crc = new CRC32C();
    crc.update(entry.payload());
    long hash = before * 0x9E3779B97F4A7C15L + entry.term() * 31 + entry.type();
    hash ^= crc.getValue() << 17;
    return hash * 0xBF58476D1CE4E5B9L + (hash >>> 29);
  }

  /** What was appended since the last call. */
  List<SimDisk.Record> takeStaged() {
    List<SimDisk.Record> taken = staged;
    staged = new ArrayList<>();
    return taken;
  }

  static LogEntry command(long id) {
    return LogEntry.of(0, EntryType.APP_LOG, ByteBuffer.allocate(Long.BYTES).putLong(id).array());
  }
}
