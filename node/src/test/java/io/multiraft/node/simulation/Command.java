package io.multiraft.node.simulation;

import java.nio.ByteBuffer;

/**
 * What clients write: a register of a group takes a value that no other write has.
 *
 * @param value at the same time the number of the write
 */
record Command(int key, long value) {
  byte[] encode() {
    return ByteBuffer.allocate(12).putInt(key).putLong(value).array();
  }

  static Command decode(byte[] payload) {
    ByteBuffer in = ByteBuffer.wrap(payload);
    return new Command(in.getInt(), in.getLong());
  }
}
