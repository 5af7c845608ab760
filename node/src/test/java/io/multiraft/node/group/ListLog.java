package io.multiraft.node.group;

import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.RaftLog;
import io.multiraft.node.raft.SnapshotMeta;
import java.util.List;
import java.util.function.Supplier;

/** A log that is only read, from index 1 on. */
record ListLog(Supplier<List<LogEntry>> all) implements RaftLog {
  @Override
  public long firstIndex() {
    return 1;
  }

  @Override
  public long lastIndex() {
    return all.get().size();
  }

  @Override
  public long term(long index) {
    return index < 1 || index > lastIndex() ? 0 : all.get().get((int) index - 1).term();
  }

  @Override
  public List<LogEntry> entries(long fromIndex, long toIndex, long maxBytes, int maxEntries) {
    long to = Math.min(toIndex, fromIndex + maxEntries - 1);
    return all.get().subList((int) fromIndex - 1, (int) to);
  }

  @Override
  public void append(long firstIndex, List<LogEntry> entries) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void reset(SnapshotMeta snapshot) {
    throw new UnsupportedOperationException();
  }
}
