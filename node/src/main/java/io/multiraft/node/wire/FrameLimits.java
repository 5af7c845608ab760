package io.multiraft.node.wire;

/**
 * What a node takes from a peer before it takes memory for it (wire protocol, section 12.5).
 *
 * @param maxBodyBytes the most a frame may carry behind its header
 * @param maxEntries the most entries in one frame; empty entries cost more memory than wire bytes
 */
public record FrameLimits(int maxBodyBytes, int maxEntries) {
  /** What old peers allow, 1 GiB; no setting goes beyond. */
  public static final int LARGEST_BODY_BYTES = 0x4000_0000;

  /** 64 MiB and 262,144 entries. */
  public static final FrameLimits DEFAULT = new FrameLimits(64 << 20, 1 << 18);

  public FrameLimits {
    if (maxBodyBytes < 0 || maxBodyBytes > LARGEST_BODY_BYTES) {
      throw new IllegalArgumentException("maxBodyBytes " + maxBodyBytes + " not in 0..1 GiB");
    }
    if (maxEntries < 1) {
      throw new IllegalArgumentException("maxEntries " + maxEntries + " below 1");
    }
  }
}
