package io.multiraft.node.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Finds and checks the blocks of one segment, in memory that does not depend on their size. */
final class BlockReader implements Closeable {
  private static final int MAX_WINDOW_BYTES = 1 << 20;

  private final Segment segment;
  private final FileLayer.OpenFile file;
  private final Window window;
  private final long endOffset;

  BlockReader(FileLayer files, Segment segment) throws IOException {
    this.segment = segment;
    this.file = files.openForRead(segment.file());
    long size = file.size();
    this.window =
        new Window(file, (int) Math.max(BlockHeader.BYTES, Math.min(MAX_WINDOW_BYTES, size)));
    this.endOffset = segment.logOffset(size);
  }

  Segment segment() {
    return segment;
  }

  /** The right header of a block at this offset of the log, null if there is none. */
  BlockHeader header(long logOffset) throws IOException {
    ByteBuffer bytes = at(logOffset, BlockHeader.BYTES);
    if (bytes.remaining() < BlockHeader.BYTES) {
      return null;
    }
    SegmentHeader owner = segment.header();
    BlockHeader header = BlockHeader.read(bytes, bytes.position(), logOffset, owner.identity());
    boolean sane =
        header != null
            && header.bodyLength() >= 0
            && header.bodyLength() % BlockHeader.ALIGNMENT == 0
            && header.durableOffset() >= owner.baseOffset()
            && header.durableOffset() <= logOffset;
    return sane ? header : null;
  }

  /** Whether the whole body is there and right. */
  boolean bodyIsRight(BlockHeader header) throws IOException {
    if (header.endOffset() > endOffset) {
      return false;
    }
    CRC32C crc = new CRC32C();
    forEachChunk(header, crc::update);
    return (int) crc.getValue() == header.bodyCrc();
  }

  /** Where the next block is that is whole, right and ends by {@code to}; else {@code to}. */
  long nextRightBlock(long logOffset, long to) throws IOException {
    for (long at = logOffset; at + BlockHeader.BYTES <= to; at += BlockHeader.ALIGNMENT) {
      BlockHeader header = header(at);
      if (header != null && header.endOffset() <= to && bodyIsRight(header)) {
        return at;
      }
    }
    return to;
  }

  /** Offset in the log behind the last byte of the file. */
  long endOffset() {
    return endOffset;
  }

  /** Hands over the body of a block in pieces; each is valid during the call. */
  void forEachChunk(BlockHeader header, ChunkConsumer consumer) throws IOException {
    long at = header.logOffset() + BlockHeader.BYTES;
    while (at < header.endOffset()) {
      int wanted = (int) Math.min(window.capacity(), header.endOffset() - at);
      ByteBuffer bytes = at(at, wanted);
      consumer.accept(bytes.slice(bytes.position(), wanted));
      at += wanted;
    }
  }

  /** What takes the pieces of a body. */
  @FunctionalInterface
  interface ChunkConsumer {
    void accept(ByteBuffer chunk) throws IOException;
  }

  /** The bytes from an offset on, see {@link Window#at}. */
  ByteBuffer at(long logOffset, int wanted) throws IOException {
    return window.at(segment.filePosition(logOffset), wanted);
  }

  /** Fills the array from an offset on; false if the file ends before. */
  boolean read(long logOffset, byte[] into) throws IOException {
    return window.read(segment.filePosition(logOffset), into);
  }

  /**
   * The highest durable offset that any block header at or behind {@code logOffset} tells of,
   * whether or not its body is right; 0 if there is no header.
   */
  long highestDurableClaim(long logOffset) throws IOException {
    long highest = 0;
    long at = logOffset;
    while (at + BlockHeader.BYTES <= endOffset) {
      BlockHeader header = header(at);
      if (header != null) {
        highest = Math.max(highest, header.durableOffset());
      }
      at += BlockHeader.ALIGNMENT;
    }
    return highest;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
