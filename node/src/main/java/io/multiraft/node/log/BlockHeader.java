package io.multiraft.node.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The start of a block, which holds one batch (docs/storage.md, "Blocks").
 *
 * @param logOffset where the block starts in the log
 * @param durableOffset everything before this offset was durable when the block was written
 * @param bodyLength bytes of the body, a multiple of eight
 * @param bodyCrc CRC-32C of the body
 */
record BlockHeader(long logOffset, long durableOffset, int bodyLength, int bodyCrc) {
  static final int BYTES = 32;

  /** Blocks start at multiples of this, counted from the start of the log. */
  static final int ALIGNMENT = 8;

  static final int MAGIC = 0x4b4c_424d; // "MBLK" as little-endian bytes

  private static final int CRC_OFFSET = BYTES - 4;

  /** Offset in the log of the first byte behind the block. */
  long endOffset() {
    return logOffset + BYTES + bodyLength;
  }

  /** Writes it into a little-endian buffer, bound to the segment by its identity. */
  void put(ByteBuffer out, long segmentIdentity) {
    int start = out.position();
    out.putInt(MAGIC).putInt(bodyLength).putLong(logOffset).putLong(durableOffset).putInt(bodyCrc);
    out.putInt(checksum(out, start, segmentIdentity));
  }

  /**
   * Reads the header that should be in the little-endian buffer at {@code at}; null if there is no
   * whole, right one of this segment for this offset.
   */
  static BlockHeader read(ByteBuffer in, int at, long logOffset, long segmentIdentity) {
    if (in.getInt(at) != MAGIC
        || in.getLong(at + 8) != logOffset
        || in.getInt(at + CRC_OFFSET) != checksum(in, at, segmentIdentity)) {
      return null;
    }
    return new BlockHeader(logOffset, in.getLong(at + 16), in.getInt(at + 4), in.getInt(at + 24));
  }

  private static int checksum(ByteBuffer bytes, int start, long segmentIdentity) {
    CRC32C crc = new CRC32C();
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      crc.update((int) (segmentIdentity >>> shift));
    }
    crc.update(bytes.slice(start, CRC_OFFSET));
    return (int) crc.getValue();
  }
}
