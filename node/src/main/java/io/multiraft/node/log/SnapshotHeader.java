package io.multiraft.node.log;

import io.multiraft.node.raft.ConfigCodec;
import io.multiraft.node.raft.SnapshotMeta;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * The start of a snapshot file (docs/storage.md, "Snapshots").
 *
 * @param groupId the group
 * @param uid uid of the resource that owned the group, empty if none did
 * @param meta what the snapshot stands for
 */
record SnapshotHeader(int groupId, String uid, SnapshotMeta meta) {
  /** Before the uid and the configuration. */
  static final int FIXED_BYTES = 48;

  /** Far above what a uid and a configuration need. */
  static final int MAX_BYTES = 1 << 20;

  private static final long MAGIC = 0x504e_5354_4641_524dL; // "MRAFTSNP" as little-endian bytes
  private static final int FORMAT = 1;

  SnapshotHeader {
    Objects.requireNonNull(uid, "uid");
    Objects.requireNonNull(meta, "meta");
  }

  ByteBuffer encode() {
    byte[] uidBytes = uid.getBytes(StandardCharsets.UTF_8);
    byte[] config = ConfigCodec.encode(meta.config());
    int length = Math.addExact(FIXED_BYTES + 4, Math.addExact(uidBytes.length, config.length));
    if (length > MAX_BYTES) {
      throw new IllegalArgumentException("snapshot header of " + length + " bytes");
    }
    ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC).putInt(FORMAT).putInt(length).putInt(groupId).putInt(0);
    out.putLong(meta.index()).putLong(meta.term());
    out.putInt(uidBytes.length).putInt(config.length);
    out.put(uidBytes).put(config);
    return out.putInt(checksum(out, length)).flip();
  }

  /**
   * The length of a header that begins with these {@link #FIXED_BYTES}.
   *
   * @throws IllegalArgumentException if none does
   */
  static int length(ByteBuffer in) {
    if (in.getLong(0) != MAGIC) {
      throw new IllegalArgumentException("no snapshot");
    }
    if (in.getInt(8) != FORMAT) {
      throw new IllegalArgumentException(
          "format %d, this version reads %d".formatted(in.getInt(8), FORMAT));
    }
    int length = in.getInt(12);
    if (length < FIXED_BYTES + 4 || length > MAX_BYTES) {
      throw new IllegalArgumentException("header of " + length + " bytes");
    }
    return length;
  }

  /**
   * Reads a whole header, from 0 to the buffer's limit.
   *
   * @throws IllegalArgumentException if the bytes are not one
   */
  static SnapshotHeader decode(ByteBuffer in) {
    int length = length(in);
    if (in.getInt(length - 4) != checksum(in, length)) {
      throw new IllegalArgumentException("wrong checksum of the snapshot's header");
    }
    int uidLength = in.getInt(40);
    int configLength = in.getInt(44);
    if (uidLength < 0
        || configLength < 0
        || (long) uidLength + configLength != length - FIXED_BYTES - 4) {
      throw new IllegalArgumentException("lengths in the header do not fit");
    }
    byte[] uid = new byte[uidLength];
    in.get(FIXED_BYTES, uid);
    ByteBuffer config = in.slice(FIXED_BYTES + uidLength, configLength);
    SnapshotMeta meta =
        new SnapshotMeta(in.getLong(24), in.getLong(32), ConfigCodec.decodeConfig(config));
    return new SnapshotHeader(in.getInt(16), new String(uid, StandardCharsets.UTF_8), meta);
  }

  private static int checksum(ByteBuffer bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(0, length - 4));
    return (int) crc.getValue();
  }
}
