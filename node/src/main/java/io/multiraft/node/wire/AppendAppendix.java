package io.multiraft.node.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What an answer to append_entries may say besides yes or no, as its context (wire protocol,
 * section 5.3). Only for answers to {@link MessageType#APPEND_ENTRIES_REQUEST}: a client's answer
 * has the same type and an application's bytes there.
 */
public sealed interface AppendAppendix {
  /** Nothing more. */
  record None() implements AppendAppendix {}

  /** The application refused; the leader's next index for this follower shall stay. */
  record DoNotRewind() implements AppendAppendix {}

  /** The follower is in the middle of a snapshot and wants it from its first object. */
  record ReceivingSnapshot() implements AppendAppendix {}

  /**
   * How far the follower's state machine is.
   *
   * @param index the last applied index
   */
  record StateMachineCommitted(long index) implements AppendAppendix {}

  /** The context of the answer; empty for {@link None}. */
  default byte[] toBytes() {
    if (this instanceof StateMachineCommitted committed) {
      ByteBuffer out = ByteBuffer.allocate(2 + Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      return out.put((byte) 0).put((byte) 3).putLong(committed.index()).array();
    }
    if (this instanceof None) {
      return new byte[0];
    }
    return new byte[] {0, (byte) (this instanceof DoNotRewind ? 1 : 2)};
  }

  /**
   * Reads the context of an answer to append_entries. Versions and orders that came after this
   * program mean nothing to it.
   *
   * @throws FrameException if the appendix is cut short
   */
  static AppendAppendix fromBytes(byte[] context) {
    if (context.length == 0 || context[0] != 0) {
      return new None();
    }
    ObjectReader in = new ObjectReader("append_entries appendix", context);
    in.unsignedByte("version");
    return switch (in.unsignedByte("order")) {
      case 1 -> new DoNotRewind();
      case 2 -> new ReceivingSnapshot();
      case 3 -> new StateMachineCommitted(in.int64("sm_committed_idx"));
      default -> new None();
    };
  }
}
