package io.multiraft.node.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** The segment files that a start finds. */
final class SegmentFiles {
  private final Path directory;
  private final List<Segment> right = new ArrayList<>();

  /** Files that are there but cannot be used, and why. */
  private final SortedMap<Long, LogDamagedException> wrong = new TreeMap<>();

  private SegmentFiles(Path directory) {
    this.directory = directory;
  }

  /**
   * Reads the headers of all segments.
   *
   * @throws LogDamagedException if one belongs to another node or log, or if the last one, or every
   *     one, cannot be used
   */
  static SegmentFiles load(Segments segments, NodeIdentity owner) throws IOException {
    FileLayer files = segments.files();
    SegmentFiles found = new SegmentFiles(segments.directory());
    for (String name : files.list(segments.directory())) {
      OptionalLong sequence = SegmentName.sequence(name);
      if (sequence.isPresent()) {
        found.add(files, name, sequence.getAsLong(), owner);
      }
    }
    long lastRight =
        found.right.isEmpty() ? 0 : found.right.get(found.right.size() - 1).header().sequence();
    if (!found.wrong.isEmpty() && found.wrong.lastKey() > lastRight) {
      // Nobody knows where the log ends, or what was promised last.
      throw found.wrong.get(found.wrong.lastKey());
    }
    return found;
  }

  boolean isEmpty() {
    return right.isEmpty();
  }

  /** Those that can be used, in order. */
  List<Segment> right() {
    return right;
  }

  /** What is behind a segment, up to the next one that can be used. */
  Hole missingBehind(Segment segment, long fromOffset, long toOffset) {
    long sequence = segment.header().sequence() + 1;
    return missing(sequence, directory.resolve(SegmentName.of(sequence)), fromOffset, toOffset);
  }

  Hole missing(long sequence, Path file, long fromOffset, long toOffset) {
    LogDamagedException why = wrong.get(sequence);
    return why == null
        ? Hole.of(file, fromOffset, toOffset, "this segment is missing, later ones are there")
        : new Hole(fromOffset, toOffset, why);
  }

  private void add(FileLayer files, String name, long sequence, NodeIdentity owner)
      throws IOException {
    Path file = directory.resolve(name);
    SegmentHeader header;
    try {
      header = readHeader(files, file);
    } catch (SegmentHeader.UnknownFormatException e) {
      throw new LogDamagedException(file, 0, e.getMessage());
    } catch (IllegalArgumentException e) {
      wrong.put(sequence, new LogDamagedException(file, 0, e.getMessage()));
      return;
    }
    if (header.nodeId() != owner.nodeId() || !header.incarnation().equals(owner.incarnation())) {
      throw new LogDamagedException(
          file,
          0,
          "written by node %d, incarnation %s".formatted(header.nodeId(), header.incarnation()));
    }
    if (header.sequence() != sequence || !followsLast(header)) {
      throw new LogDamagedException(file, 0, "this segment does not follow the one before it");
    }
    right.add(new Segment(file, header));
  }

  private boolean followsLast(SegmentHeader header) {
    if (right.isEmpty()) {
      return true;
    }
    SegmentHeader last = right.get(right.size() - 1).header();
    return header.baseOffset() >= last.baseOffset()
        && (header.sequence() != last.sequence() + 1
            || header.previousIdentity() == last.identity());
  }

  private static SegmentHeader readHeader(FileLayer files, Path file) throws IOException {
    byte[] bytes = new byte[SegmentHeader.BYTES];
    try (FileLayer.OpenFile open = files.openForRead(file)) {
      if (!new Window(open, bytes.length).read(0, bytes)) {
        throw new IllegalArgumentException("the file ends within its header");
      }
      return SegmentHeader.decode(RecordCodec.littleEndian(bytes));
    }
  }
}
