package io.multiraft.node.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Reads the state in a snapshot file. No byte is handed out whose checksum has not been verified,
 * and the end only when it is the end that was written. For one thread, not an event loop.
 */
public final class SnapshotReader extends InputStream {
  private final Path path;
  private final FileLayer.OpenFile file;
  private final SnapshotHeader header;
  private final int headerCrc;
  private final ByteBuffer piece =
      ByteBuffer.allocate(SnapshotChunk.HEADER_BYTES + SnapshotChunk.MAX_DATA_BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .limit(0);

  private long position;
  private long dataBytes;
  private boolean ended;

  /** Takes the open file over, and closes it if the header is not right. */
  SnapshotReader(Path path, FileLayer.OpenFile file) throws IOException {
    this.path = path;
    this.file = file;
    try {
      ByteBuffer bytes = readHeader();
      header = SnapshotHeader.decode(bytes);
      headerCrc = bytes.getInt(bytes.limit() - 4);
      position = bytes.limit();
    } catch (IllegalArgumentException e) {
      file.close();
      throw new SnapshotDamagedException(path, 0, e.getMessage());
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  SnapshotHeader header() {
    return header;
  }

  private ByteBuffer readHeader() throws IOException {
    ByteBuffer fixed = read(0, SnapshotHeader.FIXED_BYTES);
    return read(0, SnapshotHeader.length(fixed));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    if (!piece.hasRemaining() && !next()) {
      return -1;
    }
    int count = Math.min(length, piece.remaining());
    piece.get(into, offset, count);
    return count;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** Reads to the end, so that everything is verified. */
  void verify() throws IOException {
    while (next()) {
      piece.position(piece.limit());
    }
  }

  private boolean next() throws IOException {
    if (ended) {
      return false;
    }
    ByteBuffer head = fill(position, SnapshotChunk.HEADER_BYTES);
    int length = head.getInt(0);
    int crc = head.getInt(4);
    if (length < 0 || length > SnapshotChunk.MAX_DATA_BYTES) {
      throw damaged("piece of " + length + " bytes");
    }
    int count = length == 0 ? SnapshotChunk.END_DATA_BYTES : length;
    ByteBuffer data = fill(position + SnapshotChunk.HEADER_BYTES, count);
    if (SnapshotChunk.checksum(headerCrc, position, length, data) != crc) {
      throw damaged("wrong checksum of a piece");
    }
    long end = position + SnapshotChunk.HEADER_BYTES + count;
    if (length == 0) {
      if (data.getLong(0) != dataBytes || file.size() != end) {
        throw damaged("the end comes behind " + dataBytes + " bytes of data, or is not the end");
      }
      data.limit(0);
      ended = true;
      return false;
    }
    dataBytes += length;
    position = end;
    return true;
  }

  private ByteBuffer fill(long from, int count) throws IOException {
    piece.clear().limit(count);
    if (!readFully(piece, from)) {
      throw damaged("the file ends too early");
    }
    return piece.flip();
  }

  private ByteBuffer read(long from, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    if (!readFully(bytes, from)) {
      throw new IllegalArgumentException("the file ends within its header");
    }
    return bytes.flip();
  }

  private boolean readFully(ByteBuffer into, long from) throws IOException {
    long at = from;
    while (into.hasRemaining()) {
      int count = file.read(into, at);
      if (count <= 0) {
        return false;
      }
      at += count;
    }
    return true;
  }

  private SnapshotDamagedException damaged(String why) {
    return new SnapshotDamagedException(path, position, why);
  }
}
