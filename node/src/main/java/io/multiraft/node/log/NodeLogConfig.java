package io.multiraft.node.log;

import java.util.Objects;

/**
 * How a {@link NodeLog} is set up.
 *
 * @param identity the node's open identity; its node id and incarnation go into every segment
 * @param segmentBytes a segment that would grow beyond this is followed by another
 * @param maxPendingBytes from this many bytes waiting on, {@link NodeLog#overloaded()} is true
 * @param groupCacheBytes payload of durable entries that one group keeps in memory at most
 * @param nodeCacheBytes payload of durable entries that all groups keep in memory together
 * @param maxLogBytes when all segments together are larger than this, groups that hold the oldest
 *     one back are asked to let it go
 * @param reserveBytes below this much free space {@link NodeLog#noSpace()} is true
 */
public record NodeLogConfig(
    NodeIdentity identity,
    long segmentBytes,
    long maxPendingBytes,
    long groupCacheBytes,
    long nodeCacheBytes,
    long maxLogBytes,
    long reserveBytes) {
  /** 64 MiB. */
  public static final long DEFAULT_SEGMENT_BYTES = 64L << 20;

  /** 64 MiB. */
  public static final long DEFAULT_MAX_PENDING_BYTES = 64L << 20;

  /** 1 MiB. */
  public static final long DEFAULT_GROUP_CACHE_BYTES = 1L << 20;

  /** 128 MiB. */
  public static final long DEFAULT_NODE_CACHE_BYTES = 128L << 20;

  /** 1 GiB. */
  public static final long DEFAULT_MAX_LOG_BYTES = 1L << 30;

  /** 256 MiB: a few segments, so that votes, compaction and removal still find room. */
  public static final long DEFAULT_RESERVE_BYTES = 256L << 20;

  public NodeLogConfig {
    Objects.requireNonNull(identity, "identity");
    if (segmentBytes < 4096 || segmentBytes > 1L << 30) {
      throw new IllegalArgumentException("segmentBytes from 4 KiB to 1 GiB, not " + segmentBytes);
    }
    if (maxPendingBytes < 1
        || groupCacheBytes < 0
        || nodeCacheBytes < 0
        || maxLogBytes < 0
        || reserveBytes < 0) {
      throw new IllegalArgumentException("bounds in bytes must not be negative");
    }
  }

  /** The defaults. */
  public static NodeLogConfig of(NodeIdentity identity) {
    return new NodeLogConfig(
        identity,
        DEFAULT_SEGMENT_BYTES,
        DEFAULT_MAX_PENDING_BYTES,
        DEFAULT_GROUP_CACHE_BYTES,
        DEFAULT_NODE_CACHE_BYTES,
        DEFAULT_MAX_LOG_BYTES,
        DEFAULT_RESERVE_BYTES);
  }
}
