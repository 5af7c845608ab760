package io.multiraft.node.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Writes one snapshot aside, piece by piece. {@link #commit} makes it the group's newest; closed
 * without that it leaves nothing. For one thread, not an event loop.
 */
public final class SnapshotWriter extends OutputStream {
  private final SnapshotStore store;
  private final SnapshotName name;
  private final SnapshotStore.Aside aside;
  private final int headerCrc;
  private final ByteBuffer piece =
      ByteBuffer.allocateDirect(SnapshotChunk.HEADER_BYTES + SnapshotChunk.MAX_DATA_BYTES)
          .order(ByteOrder.LITTLE_ENDIAN);

  private long position;
  private long dataBytes;
  private boolean finished;

  SnapshotWriter(
      SnapshotStore store, SnapshotName name, SnapshotHeader header, SnapshotStore.Aside aside)
      throws IOException {
    this.store = store;
    this.name = name;
    this.aside = aside;
    ByteBuffer bytes = header.encode();
    headerCrc = bytes.getInt(bytes.limit() - 4);
    put(bytes);
    piece.position(SnapshotChunk.HEADER_BYTES);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, from.length);
    int done = 0;
    while (done < length) {
      if (!piece.hasRemaining()) {
        writePiece();
      }
      int count = Math.min(piece.remaining(), length - done);
      piece.put(from, offset + done, count);
      done += count;
    }
  }

  /** Bytes of the file so far. */
  public long fileBytes() {
    return position;
  }

  /**
   * Makes it durable, and the group's newest snapshot.
   *
   * @throws IOException if that failed; then the snapshot is not there
   */
  public StoredSnapshot commit() throws IOException {
    if (finished) {
      throw new IllegalStateException("a snapshot is committed once");
    }
    if (piece.position() > SnapshotChunk.HEADER_BYTES) {
      writePiece();
    }
    piece.putLong(dataBytes);
    writePiece(0);
    finished = true;
    return store.publish(name, aside);
  }

  @Override
  public void close() throws IOException {
    if (!finished) {
      finished = true;
      aside.drop();
    }
  }

  private void writePiece() throws IOException {
    int length = piece.position() - SnapshotChunk.HEADER_BYTES;
    dataBytes += length;
    writePiece(length);
  }

  private void writePiece(int length) throws IOException {
    piece.flip();
    ByteBuffer data =
        piece.slice(SnapshotChunk.HEADER_BYTES, piece.remaining() - SnapshotChunk.HEADER_BYTES);
    piece.putInt(0, length);
    piece.putInt(4, SnapshotChunk.checksum(headerCrc, position, length, data));
    put(piece);
    piece.clear().position(SnapshotChunk.HEADER_BYTES);
  }

  private void put(ByteBuffer bytes) throws IOException {
    int count = bytes.remaining();
    aside.write(bytes, position);
    position += count;
  }
}
