package io.multiraft.node.log;

import io.multiraft.node.raft.ConfigCodec;
import io.multiraft.node.raft.SnapshotMeta;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The bytes of {@link StateRecord}s (docs/storage.md, "Records"). */
final class StateCodec {
  static final byte COMPACTION = 32;

  private static final int REPLACES_LOG = 0x01;
  private static final int META_BYTES = 8 + 8 + 4;

  private StateCodec() {}

  static boolean isState(byte type) {
    return type == COMPACTION;
  }

  /** The whole record, prefix included. */
  static byte[] encode(StateRecord record) {
    Compaction compaction = (Compaction) record;
    byte[] config = ConfigCodec.encode(compaction.newest().config());
    ByteBuffer out = record(COMPACTION, 4 + 4 + 8 + 8 + META_BYTES + config.length);
    out.putInt(compaction.groupId()).putInt(compaction.replacesLog() ? REPLACES_LOG : 0);
    out.putLong(compaction.firstIndex()).putLong(compaction.previousTerm());
    putMeta(out, compaction.newest(), config);
    return out.array();
  }

  /**
   * Reads a record's content, which follows its prefix and ends with the buffer.
   *
   * @throws IllegalArgumentException if the bytes are not such a record
   */
  static StateRecord decode(byte type, ByteBuffer in) {
    if (type != COMPACTION) {
      throw new IllegalArgumentException("no state record has type " + (type & 0xff));
    }
    require(in, 4 + 4 + 8 + 8);
    int groupId = in.getInt();
    int flags = in.getInt();
    if ((flags & ~REPLACES_LOG) != 0) {
      throw new IllegalArgumentException("flags %x are unknown to this version".formatted(flags));
    }
    Compaction compaction =
        new Compaction(groupId, flags == REPLACES_LOG, in.getLong(), in.getLong(), meta(in));
    if (in.hasRemaining()) {
      throw new IllegalArgumentException(in.remaining() + " bytes too many in a record");
    }
    return compaction;
  }

  private static void putMeta(ByteBuffer out, SnapshotMeta meta, byte[] config) {
    out.putLong(meta.index()).putLong(meta.term()).putInt(config.length).put(config);
  }

  private static SnapshotMeta meta(ByteBuffer in) {
    require(in, META_BYTES);
    long index = in.getLong();
    long term = in.getLong();
    int length = in.getInt();
    if (length < 0) {
      throw new IllegalArgumentException("length " + length);
    }
    require(in, length);
    ByteBuffer config = in.slice(in.position(), length);
    in.position(in.position() + length);
    SnapshotMeta meta = new SnapshotMeta(index, term, ConfigCodec.decodeConfig(config));
    if (config.hasRemaining()) {
      throw new IllegalArgumentException(config.remaining() + " bytes too many in a configuration");
    }
    return meta;
  }

  private static ByteBuffer record(byte type, int length) {
    ByteBuffer out = ByteBuffer.allocate(RecordCodec.PREFIX_BYTES + length);
    RecordCodec.putPrefix(out.order(ByteOrder.LITTLE_ENDIAN), type, length);
    return out;
  }

  private static void require(ByteBuffer in, int bytes) {
    if (in.remaining() < bytes) {
      throw new IllegalArgumentException(
          "record cut short: " + bytes + " bytes wanted, " + in.remaining() + " remain");
    }
  }
}
