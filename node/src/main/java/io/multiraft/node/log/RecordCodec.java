package io.multiraft.node.log;

import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.LogEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The bytes of entries and hard states (docs/storage.md, "Records"). All numbers are little-endian.
 * Every record starts with its type, three bytes that depend on it, and the count of bytes that
 * follow.
 */
final class RecordCodec {
  /** Fills a body up to a multiple of eight bytes. */
  static final byte PADDING = 0;

  static final byte ENTRY = 1;
  static final byte HARD_STATE = 2;

  static final int PREFIX_BYTES = 8;
  static final int ENTRY_HEADER_BYTES = 44;
  static final int HARD_STATE_BYTES = 32;

  private static final int HAS_CRC = 0x01;
  private static final int ENTRY_CRC_OFFSET = 40;

  private RecordCodec() {}

  /** What an entry's record says, its payload aside. */
  record EntryHeader(
      int groupId,
      long index,
      long term,
      byte type,
      long timestampMicros,
      boolean hasCrc,
      int payloadCrc,
      int payloadLength,
      int recordCrc) {}

  static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static int entryBytes(LogEntry entry) {
    return ENTRY_HEADER_BYTES + entry.payload().length;
  }

  /** Writes an entry's record without its payload, whose checksum is in the header. */
  static void putEntryHeader(ByteBuffer out, int groupId, long index, LogEntry entry) {
    int start = out.position();
    out.put(ENTRY).put((byte) (entry.hasCrc() ? HAS_CRC : 0)).put(entry.type()).put((byte) 0);
    out.putInt(entryBytes(entry) - PREFIX_BYTES);
    out.putInt(groupId).putInt(entry.payloadCrc());
    out.putLong(index).putLong(entry.term()).putLong(entry.timestampMicros());
    CRC32C crc = new CRC32C();
    crc.update(out.duplicate().flip().position(start));
    crc.update(entry.payload());
    out.putInt((int) crc.getValue());
  }

  /** Reads what {@link #putEntryHeader} wrote, from the buffer's position, which stays. */
  static EntryHeader entryHeader(ByteBuffer in) {
    int at = in.position();
    if (in.get(at) != ENTRY || in.get(at + 3) != 0 || (in.get(at + 1) & ~HAS_CRC) != 0) {
      throw new IllegalArgumentException("not an entry");
    }
    int payloadLength = in.getInt(at + 4) + PREFIX_BYTES - ENTRY_HEADER_BYTES;
    if (payloadLength < 0) {
      throw new IllegalArgumentException("entry of " + payloadLength + " payload bytes");
    }
    return new EntryHeader(
        in.getInt(at + 8),
        in.getLong(at + 16),
        in.getLong(at + 24),
        in.get(at + 2),
        in.getLong(at + 32),
        in.get(at + 1) == HAS_CRC,
        in.getInt(at + 12),
        payloadLength,
        in.getInt(at + ENTRY_CRC_OFFSET));
  }

  /** The checksum over the header at the buffer's position and the payload. */
  static int entryCrc(ByteBuffer header, byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(header.slice(header.position(), ENTRY_CRC_OFFSET));
    crc.update(payload);
    return (int) crc.getValue();
  }

  static void putHardState(ByteBuffer out, int groupId, HardState state) {
    putPrefix(out, HARD_STATE, HARD_STATE_BYTES - PREFIX_BYTES);
    out.putInt(groupId).putInt(state.votedFor());
    out.putLong(state.term()).putLong(state.commitIndex());
  }

  /** Writes the first eight bytes of a record that uses only its type and length. */
  static void putPrefix(ByteBuffer out, byte type, int length) {
    out.putInt(type & 0xff).putInt(length);
  }
}
