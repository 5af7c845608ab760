package io.multiraft.node.log;

import java.nio.file.Path;

/** A segment file. Offsets in the log and in the file differ by a constant. */
record Segment(Path file, SegmentHeader header) {
  long filePosition(long logOffset) {
    return logOffset - header.baseOffset() + SegmentHeader.BYTES;
  }

  long logOffset(long filePosition) {
    return filePosition - SegmentHeader.BYTES + header.baseOffset();
  }

  LogDamagedException damaged(long logOffset, String why) {
    return new LogDamagedException(file, filePosition(logOffset), why);
  }
}
