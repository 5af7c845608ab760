package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import java.util.Comparator;
import java.util.Optional;

/**
 * The keys that a request names with {@code key} and {@code range_end}.
 *
 * @param from first key
 * @param to first key behind the range; empty for all keys from {@code from} on
 */
public record KeyRange(ByteString from, Optional<ByteString> to) {
  /** Keys in the order of their unsigned bytes. */
  static final Comparator<ByteString> ORDER = KeyRange::compare;

  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  /** Reads etcd's three forms: one key, [key, rangeEnd), and all from key on for "\0". */
  public static KeyRange of(ByteString key, ByteString rangeEnd) {
    if (rangeEnd.isEmpty()) {
      return new KeyRange(key, Optional.of(key.concat(ZERO)));
    }
    return new KeyRange(key, rangeEnd.equals(ZERO) ? Optional.empty() : Optional.of(rangeEnd));
  }

  /** Whether the key lies inside. */
  public boolean contains(ByteString key) {
    return compare(from, key) <= 0 && (to.isEmpty() || compare(key, to.get()) < 0);
  }

  /** Whether no key lies inside. */
  public boolean isEmpty() {
    return to.isPresent() && compare(from, to.get()) >= 0;
  }

  static int compare(ByteString left, ByteString right) {
    int common = Math.min(left.size(), right.size());
    for (int i = 0; i < common; i++) {
      int difference = (left.byteAt(i) & 0xff) - (right.byteAt(i) & 0xff);
      if (difference != 0) {
        return difference;
      }
    }
    return left.size() - right.size();
  }
}
