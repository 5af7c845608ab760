package io.multiraft.node.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** The pieces of a snapshot file behind its header (docs/storage.md, "Snapshots"). */
final class SnapshotChunk {
  /** Length and checksum. */
  static final int HEADER_BYTES = 8;

  /** What a full piece holds; only the last one holds less. */
  static final int MAX_DATA_BYTES = 64 << 10;

  /** A piece without length ends the file; its data is the count of bytes before it. */
  static final int END_DATA_BYTES = 8;

  private SnapshotChunk() {}

  /** Bound to its place and to the file's header by the checksum. */
  static int checksum(int headerCrc, long position, int length, ByteBuffer data) {
    ByteBuffer place = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    place.putInt(headerCrc).putInt(length).putLong(position).flip();
    CRC32C crc = new CRC32C();
    crc.update(place);
    crc.update(data.duplicate());
    return (int) crc.getValue();
  }
}
