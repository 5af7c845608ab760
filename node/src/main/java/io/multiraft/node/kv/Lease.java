package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import java.util.Collection;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;

/**
 * A lease with the keys that die with it. Id, time to live and the index of the entry that last
 * renewed it are the same on every member; when that was by the local clock is not part of the
 * state.
 */
public final class Lease {
  private final long id;
  private final long ttlSeconds;
  private final NavigableSet<ByteString> keys = new ConcurrentSkipListSet<>(KeyRange.ORDER);

  /** One object, so that a reader never takes the time of one renewal for that of another. */
  private volatile Renewal renewal;

  private record Renewal(long index, long nanos) {}

  Lease(long id, long ttlSeconds, long renewedIndex, long renewedNanos) {
    this.id = id;
    this.ttlSeconds = ttlSeconds;
    this.renewal = new Renewal(renewedIndex, renewedNanos);
  }

  public long id() {
    return id;
  }

  /** The time to live that was granted. */
  public long ttlSeconds() {
    return ttlSeconds;
  }

  /** The log index of the entry that granted or last renewed it. */
  public long renewedIndex() {
    return renewal.index;
  }

  /** The keys attached, in their order. */
  public Collection<ByteString> keys() {
    return Collections.unmodifiableSet(keys);
  }

  /** What is left by this member's clock; never below 0. */
  public long remainingSeconds(long nowNanos) {
    return remainingSeconds(renewal, nowNanos);
  }

  private long remainingSeconds(Renewal since, long nowNanos) {
    // by whole seconds: a time to live of centuries in nanoseconds would overflow
    long passedSeconds = TimeUnit.NANOSECONDS.toSeconds(Math.max(0, nowNanos - since.nanos));
    return Math.max(0, ttlSeconds - passedSeconds);
  }

  /** How it ran out, if it did by this member's clock. */
  Optional<KvCommand.Expired> expired(long nowNanos) {
    Renewal last = renewal;
    return remainingSeconds(last, nowNanos) > 0
        ? Optional.empty()
        : Optional.of(new KvCommand.Expired(id, last.index));
  }

  void renew(long index, long nanos) {
    renewal = new Renewal(index, nanos);
  }

  void attach(ByteString key) {
    keys.add(key);
  }

  void detach(ByteString key) {
    keys.remove(key);
  }
}
