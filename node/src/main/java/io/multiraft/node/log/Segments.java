package io.multiraft.node.log;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** Which segment holds which part of the log. The writer changes it, any thread looks up. */
final class Segments {
  private final FileLayer files;
  private final Path directory;
  private final ConcurrentSkipListMap<Long, Segment> byBaseOffset = new ConcurrentSkipListMap<>();

  Segments(FileLayer files, Path directory) {
    this.files = files;
    this.directory = directory;
  }

  FileLayer files() {
    return files;
  }

  Path directory() {
    return directory;
  }

  void add(Segment segment) {
    byBaseOffset.put(segment.header().baseOffset(), segment);
  }

  void remove(Segment segment) {
    byBaseOffset.remove(segment.header().baseOffset(), segment);
  }

  /** The segment that holds this offset of the log. */
  Segment at(long logOffset) {
    Map.Entry<Long, Segment> found = byBaseOffset.floorEntry(logOffset);
    if (found == null) {
      throw new IllegalArgumentException("no segment holds offset " + logOffset);
    }
    return found.getValue();
  }

  /** The oldest first. */
  List<Segment> inOrder() {
    return List.copyOf(byBaseOffset.values());
  }

  int count() {
    return byBaseOffset.size();
  }
}
