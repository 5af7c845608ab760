package io.multiraft.node.wire;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/**
 * One object of a snapshot on its way to a follower (wire protocol, section 5.5).
 *
 * @param snapshot which snapshot
 * @param offset number of the object, or byte offset for {@link SnapshotInfo#RAW_BINARY}
 * @param done whether this is the last object
 * @param data the object
 */
public record SnapshotSyncRequest(SnapshotInfo snapshot, long offset, boolean done, byte[] data) {
  public SnapshotSyncRequest {
    Objects.requireNonNull(snapshot, "snapshot");
    Objects.requireNonNull(data, "data");
  }

  /** The one entry of an {@link MessageType#INSTALL_SNAPSHOT_REQUEST}. */
  public LogEntry toEntry(long term) {
    return LogEntry.of(term, EntryType.SNAPSHOT_SYNC_REQUEST, toBytes());
  }

  /** The bytes of the object. */
  public byte[] toBytes() {
    byte[] head = snapshot.toBytes();
    ByteBuffer out =
        ByteBuffer.allocate(head.length + Long.BYTES + 1 + data.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    return out.put(head).putLong(offset).put((byte) (done ? 1 : 0)).put(data).array();
  }

  /**
   * Reads the object; everything behind its fields is data.
   *
   * @throws FrameException if it is malformed
   */
  public static SnapshotSyncRequest fromBytes(byte[] bytes) {
    ObjectReader in = new ObjectReader("snapshot_sync_req", bytes);
    SnapshotInfo snapshot = SnapshotInfo.read(in);
    long offset = in.int64("offset");
    boolean done = in.unsignedByte("done") == 1;
    return new SnapshotSyncRequest(snapshot, offset, done, in.rest());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SnapshotSyncRequest that
        && snapshot.equals(that.snapshot)
        && offset == that.offset
        && done == that.done
        && Arrays.equals(data, that.data);
  }

  @Override
  public int hashCode() {
    return Objects.hash(snapshot, offset, done, Arrays.hashCode(data));
  }
}
