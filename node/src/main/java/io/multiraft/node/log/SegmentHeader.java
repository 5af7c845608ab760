package io.multiraft.node.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The start of a segment file (docs/storage.md, "Segments").
 *
 * @param sequence place in the order of segments, 1 for the first
 * @param identity random; goes into the checksum of every block in the file
 * @param baseOffset offset in the log of the file's first block
 * @param previousIdentity identity of the segment before it, 0 for the first
 * @param nodeId the node that wrote it
 * @param incarnation that node's incarnation
 */
record SegmentHeader(
    long sequence,
    long identity,
    long baseOffset,
    long previousIdentity,
    int nodeId,
    UUID incarnation) {
  static final int BYTES = 72;

  private static final long MAGIC = 0x474f_4c54_4641_524dL; // "MRAFTLOG" as little-endian bytes
  private static final int FORMAT = 1;
  private static final int CRC_OFFSET = BYTES - 4;

  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC).putInt(FORMAT).putInt(nodeId);
    out.putLong(sequence).putLong(identity).putLong(baseOffset).putLong(previousIdentity);
    out.putLong(incarnation.getMostSignificantBits());
    out.putLong(incarnation.getLeastSignificantBits());
    out.putInt(0); // reserved
    return out.putInt(checksum(out)).flip();
  }

  /**
   * Reads a header that starts at the buffer's position.
   *
   * @throws UnknownFormatException if another version wrote it
   * @throws IllegalArgumentException if the bytes are not one
   */
  static SegmentHeader decode(ByteBuffer bytes) {
    ByteBuffer in = bytes.slice(bytes.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getLong(0) != MAGIC) {
      throw new IllegalArgumentException("no segment header");
    }
    if (in.getInt(CRC_OFFSET) != checksum(in)) {
      throw new IllegalArgumentException("wrong checksum of the segment header");
    }
    if (in.getInt(8) != FORMAT) {
      throw new UnknownFormatException(
          "format %d, this version reads %d".formatted(in.getInt(8), FORMAT));
    }
    return new SegmentHeader(
        in.getLong(16),
        in.getLong(24),
        in.getLong(32),
        in.getLong(40),
        in.getInt(12),
        new UUID(in.getLong(48), in.getLong(56)));
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(0, CRC_OFFSET));
    return (int) crc.getValue();
  }

  /** The bytes are right, but what they mean is for another version to say. */
  static final class UnknownFormatException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    UnknownFormatException(String message) {
      super(message);
    }
  }
}
