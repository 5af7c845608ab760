package io.multiraft.node.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What happens to the segments before the node answers anything (node rules 12 and 13): first
 * everything is read and checked without changing a byte; only then is the part at the end that
 * nothing proves to be durable copied into a new, synced segment, which takes its place with one
 * rename. A crash at any point leaves either the old end or the new one.
 */
final class Recovery {
  private final Segments segments;
  private final FileLayer files;
  private final NodeIdentity owner;
  private final Replay replay;
  private final SegmentWriter tail;

  private Recovery(Segments segments, NodeIdentity owner, Replay replay, SegmentWriter tail) {
    this.segments = segments;
    this.files = segments.files();
    this.owner = owner;
    this.replay = replay;
    this.tail = tail;
  }

  /** Recovers; {@code tail} then stands at the end of the newest segment. */
  static void run(Segments segments, NodeIdentity owner, Replay replay, SegmentWriter tail)
      throws IOException {
    new Recovery(segments, owner, replay, tail).run();
  }

  private void run() throws IOException {
    DurableFiles.deleteLeftovers(files, segments.directory());
    List<Segment> found = load();
    if (found.isEmpty() && owner.hasLog()) {
      Path first = segments.directory().resolve(SegmentName.of(1));
      throw new LogDamagedException(first, 0, "all segments are missing, this node had a log");
    }
    if (found.isEmpty()) {
      tail.create(1, 0, 0);
      tail.publish();
      return;
    }
    Segment last = found.get(found.size() - 1);
    try (BlockReader lastReader = new BlockReader(files, last)) {
      End end = findEnd(lastReader);
      for (int i = 0; i + 1 < found.size(); i++) {
        replayWhole(found.get(i), found.get(i + 1).header().baseOffset());
      }
      replay.blocks(lastReader, last.header().baseOffset(), end.provenOffset());
      copyTail(lastReader, end);
    }
    replayCopied();
  }

  /**
   * The end of the log.
   *
   * @param provenOffset everything before it was durable before the stop
   * @param validOffset everything before it is whole and right
   */
  private record End(long provenOffset, long validOffset) {}

  private End findEnd(BlockReader reader) throws IOException {
    long validOffset = reader.segment().header().baseOffset();
    long provenOffset = validOffset;
    BlockHeader block = reader.header(validOffset);
    while (block != null && reader.bodyIsRight(block)) {
      provenOffset = Math.max(provenOffset, block.durableOffset());
      validOffset = block.endOffset();
      block = reader.header(validOffset);
    }
    provenOffset = Math.max(provenOffset, reader.highestDurableClaim(validOffset));
    if (provenOffset > validOffset) {
      throw reader
          .segment()
          .damaged(
              validOffset,
              "no right block here, but a later one says that all before log offset %d was durable"
                  .formatted(provenOffset));
    }
    return new End(provenOffset, validOffset);
  }

  private void replayWhole(Segment segment, long endOffset) throws IOException {
    try (BlockReader reader = new BlockReader(files, segment)) {
      replay.blocks(reader, segment.header().baseOffset(), endOffset);
    }
    segments.add(segment);
  }

  private void copyTail(BlockReader reader, End end) throws IOException {
    Segment last = reader.segment();
    boolean nothingProven = end.provenOffset() == last.header().baseOffset();
    if (nothingProven) {
      // The copy takes the name, so that restarts in a row do not pile up segments.
      tail.create(last.header().sequence(), end.provenOffset(), last.header().previousIdentity());
    } else {
      tail.create(last.header().sequence() + 1, end.provenOffset(), last.header().identity());
      segments.add(last);
    }
    long at = end.provenOffset();
    while (at < end.validOffset()) {
      BlockHeader block = reader.header(at);
      if (block.bodyLength() > 0) {
        tail.startBlock(block.bodyLength(), block.bodyCrc());
        reader.forEachChunk(block, tail::put);
      }
      at = block.endOffset();
    }
    tail.publish();
    if (!nothingProven) {
      cut(last, end.provenOffset());
    }
  }

  /** Gives back the space of what was copied and of the zeros behind it; nothing reads it again. */
  private void cut(Segment segment, long endOffset) throws IOException {
    try (FileLayer.OpenFile file = files.openForWrite(segment.file())) {
      file.truncate(segment.filePosition(endOffset));
      file.sync();
    }
  }

  private void replayCopied() throws IOException {
    Segment segment = segments.at(tail.endOffset());
    try (BlockReader reader = new BlockReader(files, segment)) {
      replay.blocks(reader, segment.header().baseOffset(), tail.endOffset());
    }
  }

  /** The segments in order, their headers checked; refuses gaps and strangers. */
  private List<Segment> load() throws IOException {
    List<Segment> found = new ArrayList<>();
    long previousIdentity = 0;
    long previousBase = 0;
    for (String name : files.list(segments.directory())) {
      OptionalLong sequence = SegmentName.sequence(name);
      if (sequence.isEmpty()) {
        continue;
      }
      Path file = segments.directory().resolve(name);
      if (sequence.getAsLong() != found.size() + 1) {
        Path missing = segments.directory().resolve(SegmentName.of(found.size() + 1));
        throw new LogDamagedException(missing, 0, "this segment is missing, later ones are there");
      }
      SegmentHeader header = readHeader(file);
      if (header.sequence() != sequence.getAsLong()
          || header.previousIdentity() != previousIdentity
          || header.baseOffset() < previousBase) {
        throw new LogDamagedException(file, 0, "this segment does not follow the one before it");
      }
      if (header.nodeId() != owner.nodeId() || !header.incarnation().equals(owner.incarnation())) {
        throw new LogDamagedException(
            file,
            0,
            "written by node %d, incarnation %s".formatted(header.nodeId(), header.incarnation()));
      }
      previousIdentity = header.identity();
      previousBase = header.baseOffset();
      found.add(new Segment(file, header));
    }
    return found;
  }

  private SegmentHeader readHeader(Path file) throws IOException {
    byte[] bytes = new byte[SegmentHeader.BYTES];
    try (FileLayer.OpenFile open = files.openForRead(file)) {
      if (!new Window(open, bytes.length).read(0, bytes)) {
        throw new LogDamagedException(file, 0, "the file ends within its header");
      }
      return SegmentHeader.decode(RecordCodec.littleEndian(bytes));
    } catch (IllegalArgumentException e) {
      throw new LogDamagedException(file, 0, e.getMessage());
    }
  }
}
