package io.multiraft.node.wire;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A member's new priority, told to all (wire protocol, section 5.9).
 *
 * @param serverId whose
 * @param priority 0 for never leader
 */
public record PriorityChange(int serverId, int priority) {
  /** The one entry of a {@link MessageType#PRIORITY_CHANGE_REQUEST}. */
  public LogEntry toEntry(long term) {
    return LogEntry.of(term, EntryType.CUSTOM, toBytes());
  }

  /** The bytes of the object. */
  public byte[] toBytes() {
    ByteBuffer out = ByteBuffer.allocate(2 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return out.putInt(serverId).putInt(priority).array();
  }

  /**
   * Reads the object.
   *
   * @throws FrameException if it is malformed or bytes follow
   */
  public static PriorityChange fromBytes(byte[] bytes) {
    ObjectReader in = new ObjectReader("priority change", bytes);
    PriorityChange change = new PriorityChange(in.int32("srv_id"), in.int32("priority"));
    in.end();
    return change;
  }
}
