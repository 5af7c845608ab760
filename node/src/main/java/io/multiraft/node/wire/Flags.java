package io.multiraft.node.wire;

import java.util.ArrayList;
import java.util.List;

/** The bits of a frame's flags word (wire protocol, sections 2.4 and 12.1). */
public final class Flags {
  /** The body starts with a blob of the application, or with a {@link Hello}. */
  public static final int INCLUDE_META = 0x01;

  /** A response's body has the block of {@link ResponseFrame#nextBatchBytesHint()}. */
  public static final int INCLUDE_HINT = 0x02;

  /** Every entry of a request carries its timestamp. */
  public static final int LOG_TIMESTAMP = 0x04;

  /** The checksum covers the body as well. */
  public static final int CRC_ENTIRE = 0x08;

  /** Every entry of a request carries the checksum of its payload. */
  public static final int CRC_PAYLOAD = 0x10;

  /** A response's body ends with a {@link ResultCode}. */
  public static final int RESULT_CODE = 0x20;

  /** An old leader tells its follower that it does not count for the quorum. */
  public static final int MARK_DOWN = 0x40;

  /** Four bytes of group id follow the old header. */
  public static final int EXTENDED_HEADER = 0x80;

  /** Eight bytes of request id follow the group id; means nothing without it. */
  public static final int REQUEST_ID = 0x100;

  /** What says how a frame is laid out before its body; an answer has those of its request. */
  static final int FORM = EXTENDED_HEADER | REQUEST_ID;

  private static final String[] NAMES = {
    "INCLUDE_META",
    "INCLUDE_HINT",
    "LOG_TIMESTAMP",
    "CRC_ENTIRE",
    "CRC_PAYLOAD",
    "RESULT_CODE",
    "MARK_DOWN",
    "EXTENDED_HEADER",
    "REQUEST_ID"
  };

  private Flags() {}

  /** Whether all bits of {@code mask} are set. */
  public static boolean has(int flags, int mask) {
    return (flags & mask) == mask;
  }

  /** The names of the bits that are set, unknown ones left out. */
  public static List<String> names(int flags) {
    List<String> names = new ArrayList<>();
    for (int bit = 0; bit < NAMES.length; bit++) {
      if ((flags & 1 << bit) != 0) {
        names.add(NAMES[bit]);
      }
    }
    return names;
  }

  static boolean isExtended(int flags) {
    return (flags & EXTENDED_HEADER) != 0;
  }

  static boolean hasRequestId(int flags) {
    return has(flags, FORM);
  }

  /** Bytes between the old header and the body. */
  static int extensionBytes(int flags) {
    if (!isExtended(flags)) {
      return 0;
    }
    return hasRequestId(flags) ? Integer.BYTES + Long.BYTES : Integer.BYTES;
  }
}
