package io.multiraft.node.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads a file forward through a buffer of fixed size, so that small pieces cost no system call.
 */
final class Window {
  private final FileLayer.OpenFile file;
  private final ByteBuffer buffer;
  private long start;

  Window(FileLayer.OpenFile file, int bytes) {
    this.file = file;
    this.buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  }

  int capacity() {
    return buffer.capacity();
  }

  /**
   * The bytes from {@code position} on, from the returned buffer's position to its limit: at least
   * {@code wanted} (no more than the capacity) unless the file ends before. Valid until the next
   * call.
   */
  ByteBuffer at(long position, int wanted) throws IOException {
    if (position < start || position + wanted > start + buffer.limit()) {
      start = position;
      buffer.clear();
      while (buffer.hasRemaining() && file.read(buffer, start + buffer.position()) > 0) {
        continue;
      }
      buffer.flip();
    }
    return buffer.position((int) (position - start));
  }

  private boolean holds(long position) {
    return position >= start && position < start + buffer.limit();
  }

  /** Fills the array from {@code position} on; false if the file ends before. */
  boolean read(long position, byte[] into) throws IOException {
    int done = 0;
    while (done < into.length) {
      if (into.length - done >= buffer.capacity() && !holds(position + done)) {
        int count = file.read(ByteBuffer.wrap(into, done, into.length - done), position + done);
        if (count <= 0) {
          return false;
        }
        done += count;
        continue;
      }
      ByteBuffer bytes = at(position + done, Math.min(into.length - done, buffer.capacity()));
      int count = Math.min(bytes.remaining(), into.length - done);
      if (count == 0) {
        return false;
      }
      bytes.get(into, done, count);
      done += count;
    }
    return true;
  }
}
