package io.multiraft.node.wire;

import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.ConfigCodec;
import io.multiraft.node.wire.FrameException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads a serialized object's fields in order; each failure names the object and the byte. */
final class ObjectReader {
  private final String object;
  private final ByteBuffer in;

  ObjectReader(String object, byte[] bytes) {
    this.object = object;
    in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  int unsignedByte(String field) {
    require(Byte.BYTES, field);
    return Byte.toUnsignedInt(in.get());
  }

  int int32(String field) {
    require(Integer.BYTES, field);
    return in.getInt();
  }

  long int64(String field) {
    require(Long.BYTES, field);
    return in.getLong();
  }

  byte[] bytes(int length, String field) {
    require(length, field);
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  byte[] rest() {
    return bytes(in.remaining(), "rest");
  }

  int remaining() {
    return in.remaining();
  }

  ClusterConfig config(String field) {
    int start = in.position();
    try {
      return ConfigCodec.decodeConfig(in);
    } catch (IllegalArgumentException e) {
      throw new FrameException(
          Reason.OBJECT, "%s, byte %d, %s: %s".formatted(object, start, field, e.getMessage()), e);
    }
  }

  /** Objects that may not be followed by anything end here. */
  void end() {
    if (in.hasRemaining()) {
      throw broken("the end", in.remaining() + " bytes too many");
    }
  }

  FrameException broken(String field, String what) {
    return new FrameException(
        Reason.OBJECT, "%s, byte %d, %s: %s".formatted(object, in.position(), field, what));
  }

  private void require(int bytes, String field) {
    if (bytes < 0 || bytes > in.remaining()) {
      throw broken(field, bytes + " bytes wanted, " + in.remaining() + " remain");
    }
  }
}
