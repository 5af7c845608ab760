package io.multiraft.node.wire;

import java.util.List;

/**
 * Frames without a body of many groups, sent as one (wire protocol, section 12.4). Only written:
 * the decoder hands out what is in it, so that nobody behind it knows how a frame travelled.
 *
 * @param type {@link MessageType#BATCH_REQUEST} or {@link MessageType#BATCH_RESPONSE}
 * @param frames requests or responses accordingly, in the form that capable nodes use
 */
public record FrameBatch(MessageType type, List<? extends Frame> frames) implements Frame {
  /** No frame on a connection that groups share is longer, unless one entry is. */
  public static final int MAX_FRAME_BYTES = 256 * 1024;

  /** Type, group, source, destination, term, last term, last index, commit index, request id. */
  static final int REQUEST_ITEM_BYTES = 1 + 3 * Integer.BYTES + 5 * Long.BYTES;

  /** Type, group, source, destination, term, next index, accepted, request id. */
  static final int RESPONSE_ITEM_BYTES = 1 + 3 * Integer.BYTES + 2 * Long.BYTES + 1 + Long.BYTES;

  /** How many fit in a frame, whichever they are. */
  public static final int MAX_FRAMES = (MAX_FRAME_BYTES - 64) / REQUEST_ITEM_BYTES;

  static final int FLAGS = Flags.EXTENDED_HEADER | Flags.CRC_ENTIRE;

  /** What a frame must have to travel in a batch, and nothing else. */
  static final int ITEM_FLAGS = Flags.FORM | Flags.CRC_ENTIRE;

  public FrameBatch {
    frames = List.copyOf(frames);
    if (!type.isBatch() || frames.isEmpty() || frames.size() > MAX_FRAMES) {
      throw new IllegalArgumentException(type + " of " + frames.size() + " frames");
    }
    for (Frame frame : frames) {
      if (!fits(frame) || frame.type().isRequest() != type.isRequest()) {
        throw new IllegalArgumentException(frame + " in a " + type);
      }
    }
  }

  /** Whether a frame may travel in a batch. */
  public static boolean fits(Frame frame) {
    return frame.flags() == ITEM_FLAGS && frame.type().mayTravelInBatch() && frame.bodyBytes() == 0;
  }

  static int itemBytes(MessageType type) {
    return type.isRequest() ? REQUEST_ITEM_BYTES : RESPONSE_ITEM_BYTES;
  }

  @Override
  public int flags() {
    return FLAGS;
  }

  @Override
  public int groupId() {
    return 0;
  }

  @Override
  public long requestId() {
    return 0;
  }

  @Override
  public long bodyBytes() {
    return (long) frames.size() * itemBytes(type);
  }

  @Override
  public int headerBytes() {
    int legacy =
        type.isRequest() ? RequestFrame.LEGACY_HEADER_BYTES : ResponseFrame.LEGACY_HEADER_BYTES;
    return legacy + Flags.extensionBytes(FLAGS);
  }
}
