package io.multiraft.node.log;

import io.multiraft.node.log.StateRecord.Chapter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Finds out whose records stood in a part of the log that is damaged. */
final class Chapters {
  private final FileLayer files;
  private final List<Segment> segments;

  /**
   * @param segments those with a right header, in order
   */
  Chapters(FileLayer files, List<Segment> segments) {
    this.files = files;
    this.segments = segments;
  }

  /**
   * The chapter that covers all of the hole; empty if there is none, so that nobody knows what was
   * there. The first one behind it reaches furthest back, unless it is the one that a segment
   * begins with, which covers the whole segment before.
   */
  Optional<Chapter> covering(Hole hole) throws IOException {
    for (Segment segment : segments) {
      try (BlockReader reader = new BlockReader(files, segment)) {
        long start = Math.max(hole.toOffset(), segment.header().baseOffset());
        long at = reader.nextRightBlock(start, reader.endOffset());
        while (at < reader.endOffset()) {
          BlockHeader block = reader.header(at);
          Chapter[] found = {null};
          RecordWalk.forEach(
              reader,
              block,
              (type, in, length, offset) -> {
                if (type == StateCodec.CHAPTER) {
                  found[0] =
                      (Chapter) StateCodec.decode(type, RecordWalk.content(reader, offset, length));
                }
              });
          if (found[0] != null && found[0].fromOffset() <= hole.fromOffset()) {
            return Optional.of(found[0]);
          }
          at = reader.nextRightBlock(block.endOffset(), reader.endOffset());
        }
      }
    }
    return Optional.empty();
  }
}
