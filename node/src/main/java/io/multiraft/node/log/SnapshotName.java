package io.multiraft.node.log;

import java.util.Comparator;
import java.util.Optional;

/**
 * The name of a snapshot file, without suffix: group id, index and term in hexadecimal digits, so
 * that a group's snapshots sort.
 */
record SnapshotName(int groupId, long index, long term) {
  static final String SUFFIX = ".snap";

  /** What is being received from another node. */
  static final String PART_SUFFIX = ".part";

  static final Comparator<SnapshotName> NEWEST_FIRST =
      Comparator.comparingLong(SnapshotName::index)
          .thenComparingLong(SnapshotName::term)
          .reversed();

  private static final int BASE_CHARS = 8 + 1 + 16 + 1 + 16;

  String base() {
    return "%08x-%016x-%016x".formatted(groupId, index, term);
  }

  String file() {
    return base() + SUFFIX;
  }

  /** Empty if no snapshot has this file name. */
  static Optional<SnapshotName> of(String file) {
    if (file.length() != BASE_CHARS + SUFFIX.length() || !file.endsWith(SUFFIX)) {
      return Optional.empty();
    }
    try {
      SnapshotName name =
          new SnapshotName(
              Integer.parseUnsignedInt(file, 0, 8, 16),
              Long.parseLong(file, 9, 25, 16),
              Long.parseLong(file, 26, BASE_CHARS, 16));
      return file.equals(name.file()) ? Optional.of(name) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
