package io.multiraft.node.log;

import io.multiraft.node.raft.LogEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Reads entries back by position and checks them again. Opens files only for as long as one caller
 * reads: an interrupted thread closes the channel it reads from, which must be nobody else's.
 */
final class EntryReader implements AutoCloseable {
  /** Entries of one group rarely are neighbours, so a large window would be read in vain. */
  private static final int WINDOW_BYTES = 4 << 10;

  private final Segments segments;
  private Segment segment;
  private FileLayer.OpenFile file;
  private Window window;

  EntryReader(Segments segments) {
    this.segments = segments;
  }

  LogEntry read(int groupId, long index, long logOffset) {
    if (logOffset < 0) {
      throw new IllegalStateException(
          "entry %d of group %d is neither durable nor in memory".formatted(index, groupId));
    }
    try {
      open(segments.at(logOffset));
      return read(groupId, index, logOffset, segment.filePosition(logOffset));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the log in " + segments.directory(), e);
    }
  }

  private LogEntry read(int groupId, long index, long logOffset, long position) throws IOException {
    ByteBuffer header = window.at(position, RecordCodec.ENTRY_HEADER_BYTES);
    if (header.remaining() < RecordCodec.ENTRY_HEADER_BYTES) {
      throw segment.damaged(logOffset, "the file ends before this entry");
    }
    RecordCodec.EntryHeader entry = entryHeader(header, logOffset);
    ByteBuffer headerBytes = ByteBuffer.allocate(RecordCodec.ENTRY_HEADER_BYTES);
    headerBytes.put(header.slice(header.position(), headerBytes.capacity())).flip();
    if (entry.payloadLength() > file.size() - position) {
      throw segment.damaged(logOffset, "the file ends within this entry");
    }
    byte[] payload = new byte[entry.payloadLength()];
    if (!window.read(position + RecordCodec.ENTRY_HEADER_BYTES, payload)) {
      throw segment.damaged(logOffset, "the file ends within this entry");
    }
    if (RecordCodec.entryCrc(headerBytes, payload) != entry.recordCrc()
        || entry.groupId() != groupId
        || entry.index() != index) {
      throw segment.damaged(
          logOffset, "not entry %d of group %d any more".formatted(index, groupId));
    }
    return new LogEntry(
        entry.term(),
        entry.type(),
        entry.timestampMicros(),
        entry.hasCrc(),
        entry.payloadCrc(),
        payload);
  }

  private RecordCodec.EntryHeader entryHeader(ByteBuffer header, long logOffset) {
    try {
      return RecordCodec.entryHeader(header);
    } catch (IllegalArgumentException e) {
      throw segment.damaged(logOffset, e.getMessage());
    }
  }

  private void open(Segment wanted) throws IOException {
    if (wanted == segment) {
      return;
    }
    close();
    file = segments.files().openForRead(wanted.file());
    window = new Window(file, WINDOW_BYTES);
    segment = wanted;
  }

  @Override
  public void close() {
    segment = null;
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot close a segment", e);
      }
      file = null;
    }
  }
}
