package io.multiraft.local.binaries;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Takes one file out of a tar archive compressed with gzip. */
final class TarGz {
  private static final int BLOCK_BYTES = 512;
  private static final int NAME_LENGTH = 100;
  private static final int SIZE_OFFSET = 124;
  private static final int SIZE_LENGTH = 12;
  private static final int OCTAL = 8;

  private TarGz() {}

  /**
   * @param name of the file in the archive, with its folders
   * @throws IOException when it is not there or cut off
   */
  static void extract(Path archive, String name, Path target) throws IOException {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(archive))) {
      while (true) {
        byte[] header = in.readNBytes(BLOCK_BYTES);
        if (header.length < BLOCK_BYTES || header[0] == 0) {
          throw new IOException(archive + " does not hold " + name);
        }
        long bytes = Long.parseLong(field(header, SIZE_OFFSET, SIZE_LENGTH), OCTAL);
        if (field(header, 0, NAME_LENGTH).equals(name)) {
          copy(in, bytes, target);
          return;
        }
        long blocks = (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
        in.skipNBytes(blocks * BLOCK_BYTES);
      }
    }
  }

  private static String field(byte[] header, int offset, int length) {
    int end = offset;
    while (end < offset + length && header[end] != 0) {
      end++;
    }
    return new String(header, offset, end - offset, StandardCharsets.US_ASCII).trim();
  }

  private static void copy(InputStream in, long bytes, Path target) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long left = bytes;
    try (OutputStream out = Files.newOutputStream(target)) {
      while (left > 0) {
        int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (read < 0) {
          throw new EOFException("the archive ends in the middle of a file");
        }
        out.write(buffer, 0, read);
        left -= read;
      }
    }
  }
}
