package io.multiraft.node.wire;

import io.multiraft.node.wire.FrameException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Who a node is and what it can do: the meta blob of the first ping on a connection and of its
 * answer (wire protocol, section 12.3). Old peers skip it.
 *
 * @param version of the blob's layout; later ones only append
 * @param capabilities bits of this class, unknown ones kept
 * @param nodeId the node's id, 1 and up
 * @param incarnation made at random when the node's disk was new
 * @param bootNumber raised durably at every start
 * @param maxBodyBytes the largest body of a frame that the node takes
 */
public record Hello(
    int version,
    long capabilities,
    int nodeId,
    UUID incarnation,
    long bootNumber,
    long maxBodyBytes) {
  /** Understands frames with a group id. */
  public static final long CAPABILITY_GROUPS = 1;

  /** Understands frames with a request id and takes answers in any order. */
  public static final long CAPABILITY_REQUEST_IDS = 1 << 1;

  /** Understands {@link MessageType#READ_INDEX_REQUEST}. */
  public static final long CAPABILITY_READ_INDEX = 1 << 2;

  /** Understands {@link MessageType#BATCH_REQUEST} and {@link MessageType#BATCH_RESPONSE}. */
  public static final long CAPABILITY_BATCHES = 1 << 3;

  /**
   * Understands {@link MessageType#NODE_HEARTBEAT_REQUEST}, {@link MessageType#QUIESCE_REQUEST},
   * {@link MessageType#WAKE_REQUEST} and {@link MessageType#QUIET_CHECK_REQUEST}.
   */
  public static final long CAPABILITY_QUIESCENCE = 1 << 4;

  /** All that this version can do. */
  public static final long CAPABILITIES =
      CAPABILITY_GROUPS
          | CAPABILITY_REQUEST_IDS
          | CAPABILITY_READ_INDEX
          | CAPABILITY_BATCHES
          | CAPABILITY_QUIESCENCE;

  /** The layout that this version writes. */
  public static final int CURRENT_VERSION = 1;

  private static final int MAGIC_BYTES = 2;
  private static final int BYTES = MAGIC_BYTES + 1 + 8 + 4 + 16 + 8 + 4;
  private static final long LARGEST_UNSIGNED_INT = 0xffff_ffffL;

  public Hello {
    Objects.requireNonNull(incarnation, "incarnation");
    if (version < 1 || version > 0xff) {
      throw new IllegalArgumentException("hello of version " + version);
    }
    if (maxBodyBytes < 0 || maxBodyBytes > LARGEST_UNSIGNED_INT) {
      throw new IllegalArgumentException("largest body of " + maxBodyBytes + " bytes");
    }
  }

  /** What a node of this version says. */
  public static Hello of(int nodeId, UUID incarnation, long bootNumber, FrameLimits limits) {
    return new Hello(
        CURRENT_VERSION, CAPABILITIES, nodeId, incarnation, bootNumber, limits.maxBodyBytes());
  }

  /** Whether the node has every capability of {@code mask}. */
  public boolean can(long mask) {
    return (capabilities & mask) == mask;
  }

  /** The blob. */
  public byte[] toBytes() {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'M').put((byte) 'R').put((byte) version);
    out.putLong(capabilities).putInt(nodeId);
    // an incarnation is bytes in the order of its text, not two numbers
    out.putLong(Long.reverseBytes(incarnation.getMostSignificantBits()));
    out.putLong(Long.reverseBytes(incarnation.getLeastSignificantBits()));
    out.putLong(bootNumber).putInt((int) maxBodyBytes);
    return out.array();
  }

  /**
   * Reads a meta blob; empty if it is not a hello, as an application of an old peer may put there
   * what it likes. What later versions appended is ignored.
   *
   * @throws FrameException if it starts like a hello and is none
   */
  public static Optional<Hello> fromMeta(byte[] meta) {
    if (meta.length < MAGIC_BYTES || meta[0] != 'M' || meta[1] != 'R') {
      return Optional.empty();
    }
    if (meta.length < BYTES) {
      throw new FrameException(
          Reason.OBJECT, "hello of %d bytes, at least %d expected".formatted(meta.length, BYTES));
    }
    ByteBuffer in = ByteBuffer.wrap(meta).order(ByteOrder.LITTLE_ENDIAN).position(MAGIC_BYTES);
    int version = Byte.toUnsignedInt(in.get());
    if (version == 0) {
      throw new FrameException(Reason.OBJECT, "hello of version 0");
    }
    long capabilities = in.getLong();
    int nodeId = in.getInt();
    UUID incarnation = new UUID(Long.reverseBytes(in.getLong()), Long.reverseBytes(in.getLong()));
    long bootNumber = in.getLong();
    long maxBodyBytes = Integer.toUnsignedLong(in.getInt());
    return Optional.of(
        new Hello(version, capabilities, nodeId, incarnation, bootNumber, maxBodyBytes));
  }
}
