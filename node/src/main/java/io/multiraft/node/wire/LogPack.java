package io.multiraft.node.wire;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Entries packed for a joining server, in the layout of the old library's example log store (wire
 * protocol, section 5.6). Timestamps and checksums do not travel in it.
 *
 * @param entries the entries, from the request's {@code lastLogIndex + 1} on
 */
public record LogPack(List<LogEntry> entries) {
  private static final int TERM_AND_TYPE_BYTES = 8 + 1;

  public LogPack {
    entries = List.copyOf(entries);
  }

  /** The one entry of a {@link MessageType#SYNC_LOG_REQUEST}. */
  public LogEntry toEntry(long term) {
    return LogEntry.of(term, EntryType.LOG_PACK, toBytes());
  }

  /** The bytes of the object. */
  public byte[] toBytes() {
    int size = Integer.BYTES;
    for (LogEntry entry : entries) {
      size = Math.addExact(size, Integer.BYTES + TERM_AND_TYPE_BYTES + entry.payload().length);
    }
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(entries.size());
    for (LogEntry entry : entries) {
      out.putInt(TERM_AND_TYPE_BYTES + entry.payload().length);
      out.putLong(entry.term()).put(entry.type()).put(entry.payload());
    }
    return out.array();
  }

  /**
   * Reads the object.
   *
   * @throws FrameException if it is malformed or bytes follow
   */
  public static LogPack fromBytes(byte[] bytes) {
    ObjectReader in = new ObjectReader("log_pack", bytes);
    int count = in.int32("count");
    if (count < 0 || count > in.remaining() / (Integer.BYTES + TERM_AND_TYPE_BYTES)) {
      throw in.broken("count", count + " entries in " + in.remaining() + " bytes");
    }
    List<LogEntry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int length = in.int32("length of entry " + i);
      if (length < TERM_AND_TYPE_BYTES) {
        throw in.broken("length of entry " + i, length + " is less than term and type take");
      }
      long term = in.int64("term of entry " + i);
      byte type = (byte) in.unsignedByte("type of entry " + i);
      byte[] payload = in.bytes(length - TERM_AND_TYPE_BYTES, "payload of entry " + i);
      entries.add(LogEntry.of(term, type, payload));
    }
    in.end();
    return new LogPack(entries);
  }
}
