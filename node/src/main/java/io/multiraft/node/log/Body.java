package io.multiraft.node.log;

import io.multiraft.node.raft.LogEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A batch's records as bytes, in parts: small payloads are copied next to their headers, large ones
 * are referred to.
 *
 * @param parts what to write, in order; each is read through a duplicate
 * @param length bytes of all parts, a multiple of eight
 * @param crc CRC-32C of all parts
 */
record Body(List<ByteBuffer> parts, int length, int crc) {
  /** Room for a length in an {@code int} and for any segment size. */
  static final int MAX_BYTES = 1 << 30;

  static final Body EMPTY = new Body(List.of(), 0, 0);

  /** From this size on copying a payload costs more than another part. */
  private static final int REFERRED_PAYLOAD_BYTES = 8 << 10;

  /** Whether an entry's payload stays where it is. */
  static boolean isReferred(LogEntry entry) {
    return entry.payload().length >= REFERRED_PAYLOAD_BYTES;
  }

  static int padded(long bytes) {
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException("batch of " + bytes + " bytes, at most " + MAX_BYTES);
    }
    return (int) (bytes + 7) & ~7;
  }

  /** Collects parts; its buffer has exactly the room for what is copied. */
  static final class Builder {
    private final List<ByteBuffer> parts = new ArrayList<>();
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer copied;
    private int partStart;
    private int length;

    Builder(int copiedBytes) {
      copied = ByteBuffer.allocate(copiedBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Where the next record goes, in bytes from the start of the body. */
    int length() {
      return length + copied.position() - partStart;
    }

    ByteBuffer copied() {
      return copied;
    }

    void putEntry(int groupId, long index, LogEntry entry) {
      RecordCodec.putEntryHeader(copied, groupId, index, entry);
      if (isReferred(entry)) {
        endPart();
        add(ByteBuffer.wrap(entry.payload()));
      } else {
        copied.put(entry.payload());
      }
    }

    Body build() {
      int padding = padded(length()) - length();
      for (int i = 0; i < padding; i++) {
        copied.put(RecordCodec.PADDING);
      }
      endPart();
      return new Body(parts, length, (int) crc.getValue());
    }

    private void endPart() {
      if (copied.position() > partStart) {
        add(copied.slice(partStart, copied.position() - partStart));
        partStart = copied.position();
      }
    }

    private void add(ByteBuffer part) {
      parts.add(part);
      crc.update(part.duplicate());
      length += part.remaining();
    }
  }
}
