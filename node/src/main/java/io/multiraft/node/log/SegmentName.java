package io.multiraft.node.log;

import java.util.OptionalLong;

/** File names of segments: the sequence number in 16 hexadecimal digits, so that they sort. */
final class SegmentName {
  private static final String SUFFIX = ".seg";
  private static final int DIGITS = 16;

  private SegmentName() {}

  static String of(long sequence) {
    return "%016x".formatted(sequence) + SUFFIX;
  }

  static boolean isSegment(String name) {
    return sequence(name).isPresent();
  }

  /** The sequence number of a segment's file name; empty for every other name. */
  static OptionalLong sequence(String name) {
    if (name.length() != DIGITS + SUFFIX.length() || !name.endsWith(SUFFIX)) {
      return OptionalLong.empty();
    }
    try {
      long sequence = Long.parseLong(name, 0, DIGITS, 16);
      return name.equals(of(sequence)) ? OptionalLong.of(sequence) : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
