package io.multiraft.node.raft;

import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32;

/**
 * One entry of a group's log. Its index is implied by its place. The payload is shared, never
 * copied: whoever holds an entry must not change it.
 *
 * @param term the term of the leader that appended it, 0 before it was appended
 * @param type one of {@link EntryType}; unknown types are stored and skipped when applied
 * @param timestampMicros microseconds since the epoch when the leader appended it, 0 if unknown
 * @param hasCrc whether {@code payloadCrc} means something
 * @param payloadCrc CRC-32 of the payload, 0 without {@code hasCrc}
 * @param payload the command or the serialized object
 */
public record LogEntry(
    long term, byte type, long timestampMicros, boolean hasCrc, int payloadCrc, byte[] payload) {
  public LogEntry {
    Objects.requireNonNull(payload, "payload");
  }

  /** An entry without timestamp and checksum. */
  public static LogEntry of(long term, byte type, byte[] payload) {
    return new LogEntry(term, type, 0, false, 0, payload);
  }

  /** A new entry with a checksum that travels with it from here to where it is applied. */
  public static LogEntry checked(byte type, byte[] payload) {
    return new LogEntry(0, type, 0, true, checksum(payload), payload);
  }

  /** Whether the payload is the one that the checksum was made of; true if there is none. */
  public boolean isIntact() {
    return !hasCrc || payloadCrc == checksum(payload);
  }

  private static int checksum(byte[] payload) {
    CRC32 crc = new CRC32();
    crc.update(payload);
    return (int) crc.getValue();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LogEntry that
        && term == that.term
        && type == that.type
        && timestampMicros == that.timestampMicros
        && hasCrc == that.hasCrc
        && payloadCrc == that.payloadCrc
        && Arrays.equals(payload, that.payload);
  }

  @Override
  public int hashCode() {
    return Objects.hash(term, type, timestampMicros, hasCrc, payloadCrc, Arrays.hashCode(payload));
  }

  @Override
  public String toString() {
    return "LogEntry[term=%d, type=%d, %d bytes]".formatted(term, type & 0xff, payload.length);
  }
}
