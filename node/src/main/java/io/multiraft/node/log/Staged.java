package io.multiraft.node.log;

import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.LogEntry;
import java.util.List;

/** Something that waits in memory for its batch. */
sealed interface Staged {
  /** Bytes of its records, payloads included. */
  long recordBytes();

  /** Bytes that its batch copies; less than {@link #recordBytes} where payloads are referred to. */
  default long copiedBytes() {
    return recordBytes();
  }

  void encode(Body.Builder body);

  /** Whether an old segment may not be needed any more once this is written. */
  default boolean frees() {
    return false;
  }

  /**
   * Entries as they were appended.
   *
   * @param firstStamp tells this append from later ones at the same indices
   * @param wholeTail whether they are all that the group has, written again
   */
  record Entries(
      GroupLog log, long firstIndex, long firstStamp, List<LogEntry> entries, boolean wholeTail)
      implements Staged {
    long lastIndex() {
      return firstIndex + entries.size() - 1;
    }

    @Override
    public long recordBytes() {
      long bytes = 0;
      for (LogEntry entry : entries) {
        bytes += RecordCodec.entryBytes(entry);
      }
      return bytes;
    }

    @Override
    public long copiedBytes() {
      long bytes = 0;
      for (LogEntry entry : entries) {
        bytes +=
            Body.isReferred(entry) ? RecordCodec.ENTRY_HEADER_BYTES : RecordCodec.entryBytes(entry);
      }
      return bytes;
    }

    @Override
    public void encode(Body.Builder body) {
      long index = firstIndex;
      for (LogEntry entry : entries) {
        body.putEntry(log.groupId(), index++, entry);
      }
    }
  }

  /** A group's hard state. */
  record Hard(int groupId, HardState hardState) implements Staged {
    @Override
    public long recordBytes() {
      return RecordCodec.HARD_STATE_BYTES;
    }

    @Override
    public void encode(Body.Builder body) {
      RecordCodec.putHardState(body.copied(), groupId, hardState);
    }
  }

  /** A meta record, already encoded. */
  record Meta(MetaRecord what, byte[] bytes) implements Staged {
    static Meta of(MetaRecord what) {
      return new Meta(what, MetaCodec.encode(what));
    }

    @Override
    public boolean frees() {
      return what instanceof MetaRecord.GroupRemoved
          || what instanceof MetaRecord.MemberRemoved
          || what instanceof MetaRecord.GroupFailed;
    }

    @Override
    public long recordBytes() {
      return bytes.length;
    }

    @Override
    public void encode(Body.Builder body) {
      body.copied().put(bytes);
    }
  }

  /** A record of the log's own, already encoded. */
  record State(StateRecord what, byte[] bytes) implements Staged {
    static State of(StateRecord what) {
      return new State(what, StateCodec.encode(what));
    }

    @Override
    public boolean frees() {
      return what instanceof StateRecord.Compaction;
    }

    @Override
    public long recordBytes() {
      return bytes.length;
    }

    @Override
    public void encode(Body.Builder body) {
      body.copied().put(bytes);
    }
  }
}
