package io.multiraft.node.log;

import java.nio.file.Path;

/**
 * A part of the log that is not there any more although it was durable.
 *
 * @param fromOffset where it begins in the log
 * @param toOffset where it ends
 * @param damage the place in its file
 */
record Hole(long fromOffset, long toOffset, LogDamagedException damage) {
  static Hole of(Segment segment, long fromOffset, long toOffset, String why) {
    return new Hole(fromOffset, toOffset, segment.damaged(fromOffset, why));
  }

  /** A whole file is missing or cannot be used. */
  static Hole of(Path file, long fromOffset, long toOffset, String why) {
    return new Hole(fromOffset, toOffset, new LogDamagedException(file, 0, why));
  }
}
