package io.multiraft.node.wire;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * The checksum of a frame (wire protocol, sections 2.3 and 12.1): one CRC-32 stream over the
 * header's fields before the checksum, the extension, and with {@link Flags#CRC_ENTIRE} the body.
 * Responses in the old form never cover their body. One for each direction of a connection.
 */
final class FrameChecksum {
  /** Request bytes before the checksum field. */
  static final int REQUEST_COVERED_BYTES = 46;

  /** Response bytes before the checksum field. */
  static final int RESPONSE_COVERED_BYTES = 31;

  private final CRC32 crc = new CRC32();

  static boolean coversBody(boolean request, int flags) {
    return (flags & Flags.CRC_ENTIRE) != 0 && (request || Flags.isExtended(flags));
  }

  /** The checksum of a header that starts at {@code start}; body bytes may be added after. */
  FrameChecksum header(ByteBuf buffer, int start, boolean request, int flags) {
    crc.reset();
    add(buffer, start, request ? REQUEST_COVERED_BYTES : RESPONSE_COVERED_BYTES);
    int extensionBytes = Flags.extensionBytes(flags);
    if (extensionBytes != 0) {
      int legacyBytes =
          request ? RequestFrame.LEGACY_HEADER_BYTES : ResponseFrame.LEGACY_HEADER_BYTES;
      add(buffer, start + legacyBytes, extensionBytes);
    }
    return this;
  }

  FrameChecksum add(ByteBuf buffer, int start, int bytes) {
    if (bytes == 0) {
      return this;
    }
    if (buffer.hasArray()) {
      crc.update(buffer.array(), buffer.arrayOffset() + start, bytes);
    } else if (buffer.nioBufferCount() == 1) {
      crc.update(buffer.internalNioBuffer(start, bytes));
    } else {
      for (ByteBuffer part : buffer.nioBuffers(start, bytes)) {
        crc.update(part);
      }
    }
    return this;
  }

  FrameChecksum add(byte[] bytes) {
    crc.update(bytes, 0, bytes.length);
    return this;
  }

  int value() {
    return (int) crc.getValue();
  }
}
