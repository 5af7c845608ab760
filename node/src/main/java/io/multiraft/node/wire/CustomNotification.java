package io.multiraft.node.wire;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/** What a {@link MessageType#CUSTOM_NOTIFICATION_REQUEST} says (wire protocol, section 5.7). */
public sealed interface CustomNotification {
  /**
   * To a follower: what it lacks is no longer in the leader's log, and no snapshot can help.
   *
   * @param leaderStartIndex the first index in the leader's log
   */
  record OutOfLogRange(long leaderStartIndex) implements CustomNotification {}

  /** To the successor: start a forced vote now. */
  record LeadershipTakeover() implements CustomNotification {}

  /** To the leader: the sender would like to lead. */
  record RequestResignation() implements CustomNotification {}

  /**
   * A kind that came after this program.
   *
   * @param kind its number
   * @param context its bytes
   */
  record Unknown(int kind, byte[] context) implements CustomNotification {
    @Override
    public boolean equals(Object other) {
      return other instanceof Unknown that
          && kind == that.kind
          && Arrays.equals(context, that.context);
    }

    @Override
    public int hashCode() {
      return Objects.hash(kind, Arrays.hashCode(context));
    }
  }

  /** The one entry of the message. */
  default LogEntry toEntry() {
    return LogEntry.of(0, EntryType.CUSTOM, toBytes());
  }

  /** The bytes of the object. */
  default byte[] toBytes() {
    if (this instanceof OutOfLogRange range) {
      ByteBuffer context = ByteBuffer.allocate(1 + Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      return bytes(1, context.put((byte) 0).putLong(range.leaderStartIndex()).array());
    }
    if (this instanceof Unknown unknown) {
      return bytes(unknown.kind(), unknown.context());
    }
    return bytes(this instanceof LeadershipTakeover ? 2 : 3, new byte[0]);
  }

  /**
   * Reads the payload of the message's entry.
   *
   * @throws FrameException if it is malformed, of another version, or bytes follow
   */
  static CustomNotification fromBytes(byte[] bytes) {
    ObjectReader in = new ObjectReader("custom notification", bytes);
    int version = in.unsignedByte("version");
    if (version != 0) {
      throw in.broken("version", version + " is not known");
    }
    int kind = in.unsignedByte("kind");
    byte[] context = in.bytes(in.int32("length of ctx"), "ctx");
    in.end();
    return switch (kind) {
      case 1 -> {
        ObjectReader range = new ObjectReader("out_of_log_range_warning", context);
        range.unsignedByte("version");
        yield new OutOfLogRange(range.int64("leader_start_idx"));
      }
      case 2 -> new LeadershipTakeover();
      case 3 -> new RequestResignation();
      default -> new Unknown(kind, context);
    };
  }

  private static byte[] bytes(int kind, byte[] context) {
    ByteBuffer out =
        ByteBuffer.allocate(1 + 1 + Integer.BYTES + context.length).order(ByteOrder.LITTLE_ENDIAN);
    return out.put((byte) 0).put((byte) kind).putInt(context.length).put(context).array();
  }
}
