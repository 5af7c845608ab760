package io.multiraft.node.raft;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.zip.CRC32C;

/** A log in memory; what is appended is also staged for the {@link SimDisk}. */
final class SimLog implements RaftLog {
  /** The last entry that is gone, and a hash of all entries up to it. */
  record Base(long index, long term, long hash) {
    static final Base EMPTY = new Base(0, 0, 0);
  }

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
  private final ToLongFunction<SnapshotMeta> snapshotHash;
  private Base base;
  private List<SimDisk.Record> staged = new ArrayList<>();

  /**
   * Reads a disk.
   *
   * @param observer told of every entry
   */
  SimLog(SimDisk disk, Observer observer) {
    this.observer = observer;
    base = disk.base();
    snapshotHash = meta -> disk.snapshot().filter(s -> s.meta().equals(meta)).orElseThrow().hash();
    disk.entries().forEach(this::add);
  }

  @Override
  public long firstIndex() {
    return base.index + 1;
  }

  @Override
  public long lastIndex() {
    return base.index + entries.size();
  }

  @Override
  public long term(long index) {
    if (index == base.index) {
      return base.term;
    }
    return index < firstIndex() || index > lastIndex() ? 0 : entry(index).term();
  }

  LogEntry entry(long index) {
    return entries.get(place(index));
  }

  private int place(long index) {
    return (int) (index - base.index) - 1;
  }

  /** A hash of all entries up to {@code index}, which must not be gone. */
  long prefixHash(long index) {
    return index == base.index ? base.hash : prefixHashes.get(place(index));
  }

  @Override
  public List<LogEntry> entries(long fromIndex, long toIndex, long maxBytes, int maxEntries) {
    if (fromIndex < firstIndex() || toIndex > lastIndex() || fromIndex > toIndex) {
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
    if (firstIndex < firstIndex() || firstIndex > lastIndex() + 1 || appended.isEmpty()) {
      throw new IllegalArgumentException(
          "append of %d entries at %d behind %d"
              .formatted(appended.size(), firstIndex, lastIndex()));
    }
    if (firstIndex <= lastIndex()) {
      observer.truncated(firstIndex);
      entries.subList(place(firstIndex), entries.size()).clear();
      prefixHashes.subList(place(firstIndex), prefixHashes.size()).clear();
    }
    appended.forEach(this::add);
    staged.add(new SimDisk.Record.Entries(firstIndex, List.copyOf(appended)));
  }

  @Override
  public void reset(SnapshotMeta snapshot) {
    base = new Base(snapshot.index(), snapshot.term(), snapshotHash.applyAsLong(snapshot));
    entries.clear();
    prefixHashes.clear();
    staged.add(new SimDisk.Record.Base(base, false));
  }

  /** Forgets entries up to {@code index}, which a durable snapshot has. */
  void compact(long index) {
    Base next = new Base(index, term(index), prefixHash(index));
    entries.subList(0, place(index) + 1).clear();
    prefixHashes.subList(0, (int) (index - base.index)).clear();
    base = next;
    staged.add(new SimDisk.Record.Base(next, true));
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

  /** Puts back what need not be written yet. */
  void putBack(List<SimDisk.Record> records) {
    staged.addAll(0, records);
  }

  static LogEntry command(long id) {
    return LogEntry.of(0, EntryType.APP_LOG, ByteBuffer.allocate(Long.BYTES).putLong(id).array());
  }
}
