package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;

/**
 * The leases of a store. Written by the one writer, read on any thread.
 *
 * <p>Whether a lease has run out is never decided here: it ends when a command says so. The
 * leader's node proposes that command with the index of the renewal that it has seen run out, so
 * that a renewal which is committed first wins, whoever proposed what and when.
 */
final class LeaseTable {
  /** Shorter leases are granted this long: two thirds of it must outlive an election. */
  static final long MIN_TTL_SECONDS = 2;

  /** etcd's bound. */
  static final long MAX_TTL_SECONDS = 9_000_000_000L;

  private final ConcurrentNavigableMap<Long, Lease> leases = new ConcurrentSkipListMap<>();

  Optional<Lease> find(long id) {
    return Optional.ofNullable(leases.get(id));
  }

  boolean contains(long id) {
    return leases.containsKey(id);
  }

  boolean isEmpty() {
    return leases.isEmpty();
  }

  /** All, by rising id. */
  Collection<Lease> all() {
    return Collections.unmodifiableCollection(leases.values());
  }

  /** Those whose time is over by the local clock, at most so many. */
  List<KvCommand.Expired> expired(long nowNanos, int max) {
    return leases.values().stream()
        .flatMap(lease -> lease.expired(nowNanos).stream())
        .limit(max)
        .toList();
  }

  Lease grant(long id, long ttlSeconds, long index, long nowNanos) throws KvException {
    if (ttlSeconds > MAX_TTL_SECONDS) {
      throw new KvException(KvError.LEASE_TTL_TOO_LARGE);
    }
    Lease lease = new Lease(id, Math.max(MIN_TTL_SECONDS, ttlSeconds), index, nowNanos);
    if (leases.putIfAbsent(id, lease) != null) {
      throw new KvException(KvError.LEASE_EXISTS);
    }
    return lease;
  }

  void remove(long id) {
    leases.remove(id);
  }

  /** As if every lease were renewed a while from now. */
  void extendAll(long extensionMillis, long index, long nowNanos) {
    long from = nowNanos + TimeUnit.MILLISECONDS.toNanos(extensionMillis);
    leases.values().forEach(lease -> lease.renew(index, from));
  }

  /** A key's newest version has another lease than the one before; 0 is none. */
  void moved(ByteString key, long from, long to) {
    if (from != to) {
      find(from).ifPresent(lease -> lease.detach(key));
      find(to).ifPresent(lease -> lease.attach(key));
    }
  }
}
