package io.multiraft.node.wire;

import io.netty.handler.codec.DecoderException;

/**
 * A peer's bytes break a rule of the protocol. It ends the connection they came on and nothing
 * else; the message says what was wrong and where.
 */
public final class FrameException extends DecoderException {
  private static final long serialVersionUID = 1L;

  /** Which rule was broken; names for a counter's label. */
  public enum Reason {
    /** The first byte is not the one of the direction. */
    MARKER,
    /** No such type, the type of the other direction, or one that needs a {@link Hello} first. */
    TYPE,
    /** {@code data_size} is negative, over the limit, or not what the type allows. */
    BODY_SIZE,
    /** A request id without a group id. */
    EXTENSION,
    /** The frame's checksum differs. */
    CHECKSUM,
    /** The meta blob does not fit into the body. */
    META,
    /** The hint block does not fit into the body. */
    HINT,
    /** An entry does not fit into the body, or there are too many. */
    ENTRY,
    /** The checksum of an entry's payload differs. */
    ENTRY_CHECKSUM,
    /** The body is too short for its result code. */
    RESULT_CODE,
    /** A batch does not hold whole frames, or one that must not travel in it. */
    BATCH,
    /** A serialized object inside a frame is malformed. */
    OBJECT,
    /** The connection ended inside a frame; the peer may simply have died. */
    CUT_SHORT
  }

  private final Reason reason;

  FrameException(Reason reason, String message) {
    super(message + " (" + reason + ")");
    this.reason = reason;
  }

  FrameException(Reason reason, String message, Throwable cause) {
    super(message + " (" + reason + ")", cause);
    this.reason = reason;
  }

  /** The rule that was broken. */
  public Reason reason() {
    return reason;
  }
}
