package io.multiraft.node.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Goes through the records of a block that is whole and right. */
final class RecordWalk {
  private RecordWalk() {}

  /** What takes the records. */
  @FunctionalInterface
  interface Visitor {
    /**
     * A record.
     *
     * @param in its first bytes from the buffer's position on, all of them if there are no more
     *     than {@link RecordCodec#ENTRY_HEADER_BYTES}
     * @param length all its bytes
     * @param at where it is in the log
     * @throws IllegalArgumentException if it makes no sense
     */
    void record(byte type, ByteBuffer in, long length, long at) throws IOException;
  }

  /**
   * Hands over each record.
   *
   * @throws LogDamagedException if what is there are no records: it was not damaged on the disk,
   *     since its checksum is right, so another version wrote it
   */
  static void forEach(BlockReader reader, BlockHeader block, Visitor visitor) throws IOException {
    long at = block.logOffset() + BlockHeader.BYTES;
    while (at < block.endOffset()) {
      long left = block.endOffset() - at;
      try {
        at += record(reader, at, left, visitor);
      } catch (IllegalArgumentException e) {
        throw reader.segment().damaged(at, e.getMessage());
      }
    }
  }

  private static long record(BlockReader reader, long at, long left, Visitor visitor)
      throws IOException {
    ByteBuffer in = reader.at(at, (int) Math.min(left, RecordCodec.ENTRY_HEADER_BYTES));
    int start = in.position();
    byte type = in.get(start);
    if (type == RecordCodec.PADDING && left < BlockHeader.ALIGNMENT) {
      return left;
    }
    if (left < RecordCodec.PREFIX_BYTES) {
      throw new IllegalArgumentException("record where only " + left + " bytes are");
    }
    long length = RecordCodec.PREFIX_BYTES + (long) in.getInt(start + 4);
    if (length < RecordCodec.PREFIX_BYTES || length > left) {
      throw new IllegalArgumentException("record of " + length + " bytes where " + left + " are");
    }
    visitor.record(type, in, length, at);
    return length;
  }

  /** The content of a record that is neither an entry nor a hard state. */
  static ByteBuffer content(BlockReader reader, long at, long length) throws IOException {
    if (length > MetaCodec.MAX_BYTES) {
      throw new IllegalArgumentException("record of " + length + " bytes");
    }
    byte[] content = new byte[(int) length - RecordCodec.PREFIX_BYTES];
    reader.read(at + RecordCodec.PREFIX_BYTES, content);
    return RecordCodec.littleEndian(content);
  }
}
