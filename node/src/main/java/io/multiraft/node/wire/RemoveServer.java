package io.multiraft.node.wire;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The member that a {@link MessageType#REMOVE_SERVER_REQUEST} wants gone (wire protocol, section
 * 8.5).
 *
 * @param serverId whose id
 */
public record RemoveServer(int serverId) {
  /** The one entry of the message. */
  public LogEntry toEntry() {
    return LogEntry.of(0, EntryType.CLUSTER_SERVER, toBytes());
  }

  /** The bytes of the object. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(serverId)
        .array();
  }

  /**
   * Reads the object.
   *
   * @throws FrameException if it is malformed or bytes follow
   */
  public static RemoveServer fromBytes(byte[] bytes) {
    ObjectReader in = new ObjectReader("remove_server payload", bytes);
    RemoveServer remove = new RemoveServer(in.int32("srv_id"));
    in.end();
    return remove;
  }
}
