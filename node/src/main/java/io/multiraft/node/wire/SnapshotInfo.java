package io.multiraft.node.wire;

import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.ConfigCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * What a snapshot stands for (wire protocol, section 5.4).
 *
 * @param kind {@link #RAW_BINARY} or {@link #LOGICAL_OBJECTS}
 * @param lastLogIndex the last index it contains
 * @param lastLogTerm the term of that entry
 * @param sizeBytes 0 for logical objects
 * @param config the configuration in force at that index
 */
public record SnapshotInfo(
    int kind, long lastLogIndex, long lastLogTerm, long sizeBytes, ClusterConfig config) {
  /** Offsets count bytes; old. */
  public static final int RAW_BINARY = 1;

  /** Offsets count objects. */
  public static final int LOGICAL_OBJECTS = 2;

  private static final int FIXED_BYTES = 1 + 8 + 8 + 8;

  public SnapshotInfo {
    Objects.requireNonNull(config, "config");
    if (kind < 0 || kind > 0xff) {
      throw new IllegalArgumentException("snapshot of kind " + kind);
    }
  }

  /** The bytes of the object. */
  public byte[] toBytes() {
    byte[] configBytes = ConfigCodec.encode(config);
    ByteBuffer out =
        ByteBuffer.allocate(FIXED_BYTES + configBytes.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) kind).putLong(lastLogIndex).putLong(lastLogTerm).putLong(sizeBytes);
    return out.put(configBytes).array();
  }

  /**
   * Reads the object alone.
   *
   * @throws FrameException if it is malformed or bytes follow
   */
  public static SnapshotInfo fromBytes(byte[] bytes) {
    ObjectReader in = new ObjectReader("snapshot", bytes);
    SnapshotInfo snapshot = read(in);
    in.end();
    return snapshot;
  }

  static SnapshotInfo read(ObjectReader in) {
    int kind = in.unsignedByte("type");
    long lastLogIndex = in.int64("last_log_idx");
    long lastLogTerm = in.int64("last_log_term");
    long sizeBytes = in.int64("size");
    return new SnapshotInfo(kind, lastLogIndex, lastLogTerm, sizeBytes, in.config("last_config"));
  }
}
