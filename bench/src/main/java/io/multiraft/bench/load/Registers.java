package io.multiraft.bench.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The state machine of the systems that bring none: keys with their last value and how often they
 * were written. Not thread-safe: it is used where its system applies entries.
 */
public final class Registers {
  private static final Client.Stored NOTHING = new Client.Stored(0, new byte[0]);

  private final Map<String, Client.Stored> stored = new HashMap<>();

  /** A command: the key's length in one byte, the key, the value. */
  public static byte[] command(byte[] key, byte[] value) {
    return ByteBuffer.allocate(1 + key.length + value.length)
        .put((byte) key.length)
        .put(key)
        .put(value)
        .array();
  }

  /** Applies a {@link #command}. */
  public void apply(ByteBuffer command) {
    byte[] key = new byte[command.get() & 0xff];
    command.get(key);
    byte[] value = new byte[command.remaining()];
    command.get(value);
    stored.merge(
        new String(key, StandardCharsets.US_ASCII),
        new Client.Stored(1, value),
        (old, fresh) -> new Client.Stored(old.version() + 1, fresh.value()));
  }

  /** What is under a key: its version in eight bytes, then the value. */
  public byte[] read(byte[] key) {
    Client.Stored found = stored.getOrDefault(new String(key, StandardCharsets.US_ASCII), NOTHING);
    return ByteBuffer.allocate(Long.BYTES + found.value().length)
        .putLong(found.version())
        .put(found.value())
        .array();
  }

  /** Reads what {@link #read} answered. */
  public static Client.Stored stored(byte[] answer) {
    ByteBuffer in = ByteBuffer.wrap(answer);
    long version = in.getLong();
    byte[] value = new byte[in.remaining()];
    in.get(value);
    return new Client.Stored(version, value);
  }
}
