package io.multiraft.node.wire;

/**
 * A request, a response, or many of either. Arrays in it are shared, never copied, and must not be
 * changed.
 */
public sealed interface Frame permits RequestFrame, ResponseFrame, FrameBatch {
  /** What it says. */
  MessageType type();

  /** Bits of {@link Flags}; those that announce a part are set exactly when the part is there. */
  int flags();

  /** The group it belongs to, 0 in the old form. */
  int groupId();

  /** What ties an answer to its request; 0 without {@link Flags#REQUEST_ID}. */
  long requestId();

  /** Bytes after the header. */
  long bodyBytes();

  /** Whether the header carries a group id. */
  default boolean isExtended() {
    return Flags.isExtended(flags());
  }

  /** Whether the header carries a request id. */
  default boolean hasRequestId() {
    return Flags.hasRequestId(flags());
  }

  /** Bytes of the header with its extension: 54, 58 or 66 for a request, 39, 43 or 51 else. */
  int headerBytes();
}
