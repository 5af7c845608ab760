package io.multiraft.node.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * Writes blocks to the newest segment. What is appended gathers in one buffer outside the heap and
 * goes to the file in one write, or several when it is more than the buffer holds. The file is kept
 * filled with zeros some way ahead, because a sync that also has to change the file's length takes
 * half as long again (measured, see docs/storage.md).
 */
final class SegmentWriter implements Closeable {
  private static final int GATHER_BYTES = 1 << 20;
  private static final int ZERO_FILL_BYTES = 1 << 20;
  private static final int ZEROS_BYTES = 64 << 10;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Segments segments;
  private final NodeIdentity owner;
  private final long segmentBytes;
  private final ByteBuffer gathered;
  private final ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS_BYTES);

  private Segment segment;
  private FileLayer.OpenFile file;
  private long gatheredPosition;
  private long zeroedTo;
  private long durableOffset;
  private boolean published;
  private boolean fillsAhead = true;

  SegmentWriter(Segments segments, NodeIdentity owner, long segmentBytes) {
    this.segments = segments;
    this.owner = owner;
    this.segmentBytes = segmentBytes;
    this.gathered =
        ByteBuffer.allocateDirect((int) Math.min(GATHER_BYTES, segmentBytes))
            .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Starts a file for a segment, written aside until {@link #publish}. */
  void create(long sequence, long baseOffset, long previousIdentity) throws IOException {
    SegmentHeader header =
        new SegmentHeader(
            sequence,
            RANDOM.nextLong(),
            baseOffset,
            previousIdentity,
            owner.nodeId(),
            owner.incarnation());
    String name = SegmentName.of(sequence);
    segment = new Segment(segments.directory().resolve(name), header);
    file = DurableFiles.createAside(segments.files(), segments.directory(), name);
    gathered.clear().put(header.encode());
    gatheredPosition = 0;
    zeroedTo = 0;
    durableOffset = baseOffset;
    published = false;
  }

  /** Makes the segment written aside, with what was appended to it, the newest one, durably. */
  Segment publish() throws IOException {
    flush();
    zeroFill();
    file.sync();
    DurableFiles.publish(
        segments.files(), segments.directory(), segment.file().getFileName().toString());
    durableOffset = endOffset();
    published = true;
    segments.add(segment);
    return segment;
  }

  /**
   * Goes on in a new segment. Everything appended must be synced. The segment gets its name with
   * the first sync, so that its header and its first blocks cost one.
   */
  void roll() throws IOException {
    if (endOffset() != durableOffset) {
      throw new IllegalStateException("a new segment would say that what is not synced is durable");
    }
    SegmentHeader last = segment.header();
    long end = endOffset();
    file.close();
    create(last.sequence() + 1, end, last.identity());
  }

  /** The segment that is written now. */
  Segment segment() {
    return segment;
  }

  /** Whether the file is kept filled with zeros ahead of the data. */
  void fillsAhead(boolean on) {
    fillsAhead = on;
  }

  /** Whether a body fits into the segment; an empty segment takes any. */
  boolean fits(Body body) {
    long end = segment.filePosition(endOffset()) + BlockHeader.BYTES + body.length();
    return end <= segmentBytes || endOffset() == segment.header().baseOffset();
  }

  /** Appends a block and returns where its body starts in the log. Not durable before a sync. */
  long append(Body body) throws IOException {
    long bodyOffset = startBlock(body.length(), body.crc());
    for (ByteBuffer part : body.parts()) {
      put(part.duplicate());
    }
    return bodyOffset;
  }

  /** Appends the header of a block whose body follows through {@link #put}. */
  long startBlock(int bodyLength, int bodyCrc) throws IOException {
    long offset = endOffset();
    room(BlockHeader.BYTES);
    new BlockHeader(offset, durableOffset, bodyLength, bodyCrc)
        .put(gathered, segment.header().identity());
    return offset + BlockHeader.BYTES;
  }

  /** Appends the remaining bytes of the buffer to the body. */
  void put(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      room(1);
      int count = Math.min(from.remaining(), gathered.remaining());
      gathered.put(from.slice(from.position(), count));
      from.position(from.position() + count);
    }
  }

  /** Makes everything appended durable. */
  void sync() throws IOException {
    if (!published) {
      publish();
      return;
    }
    flush();
    zeroFill();
    file.sync();
    durableOffset = endOffset();
  }

  /** Offset in the log behind everything appended. */
  long endOffset() {
    return segment.logOffset(gatheredPosition + gathered.position());
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }

  private void room(int bytes) throws IOException {
    if (gathered.remaining() < bytes) {
      flush();
    }
  }

  private void flush() throws IOException {
    gathered.flip();
    int count = gathered.remaining();
    file.write(gathered, gatheredPosition);
    gatheredPosition += count;
    gathered.clear();
  }

  private void zeroFill() throws IOException {
    if (gatheredPosition <= zeroedTo || !fillsAhead) {
      return;
    }
    long to = (gatheredPosition / ZERO_FILL_BYTES + 1) * ZERO_FILL_BYTES;
    zeroedTo = Math.max(gatheredPosition, Math.min(to, segmentBytes));
    for (long at = gatheredPosition; at < zeroedTo; at += zeros.limit()) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), zeroedTo - at));
      file.write(zeros, at);
    }
  }
}
