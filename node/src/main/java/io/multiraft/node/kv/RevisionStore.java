package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KeyValue;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * All keys with their histories, at revision 1 when new.
 *
 * <p>One writer, any number of readers, no lock: a reader picks the published revision once and
 * looks into each key's history at that revision, so it sees one state whatever is written
 * meanwhile, and a long read never holds up the writer. A writer's changes carry the next revision
 * and become visible together when {@link #publish()} moves the revision. Only compaction takes
 * something away: it raises the compacted revision first, and a reader checks it once more after
 * its scan ({@link #checkReadable}). A reader that cannot begin again, a snapshot above all, takes
 * a {@link Pin}: while there is one nothing is really forgotten.
 */
final class RevisionStore {
  /** Holds back forgetting, not compaction. */
  final class Pin implements AutoCloseable {
    /** The compacted revision when this was taken: everything readable from there on stays. */
    final long compactedRevision;

    private Pin() {
      // before the revision is read: the writer raises the revision before it looks for pins, so
      // one of the two sees the other
      pins.incrementAndGet();
      compactedRevision = RevisionStore.this.compactedRevision;
    }

    /** Called once. What was held back is forgotten with the writer's next batch. */
    @Override
    public void close() {
      pins.decrementAndGet();
    }
  }

  private final ConcurrentNavigableMap<ByteString, KeyHistory> keys =
      new ConcurrentSkipListMap<>(KeyRange.ORDER);

  private final RevisionLog log = new RevisionLog();
  private final LeaseTable leases = new LeaseTable();
  private final AtomicInteger pins = new AtomicInteger();

  private volatile long revision = 1;
  // as in etcd, where compacting revision 0 of a new store succeeds
  private volatile long compactedRevision = -1;
  private volatile long bytes;
  private boolean changed;

  /** What no read at or above this revision can see is gone. Writer only. */
  private long forgottenRevision = -1;

  long revision() {
    return revision;
  }

  long compactedRevision() {
    return compactedRevision;
  }

  /** Bytes of keys and values in all histories, an estimate of what the store holds. */
  long bytes() {
    return bytes;
  }

  /** Fails when a read at this revision would miss, or may have missed, what was compacted. */
  void checkReadable(long readRevision) throws KvException {
    if (readRevision < compactedRevision) {
      throw new KvException(KvError.COMPACTED);
    }
  }

  LeaseTable leases() {
    return leases;
  }

  /** Keeps what is readable now for as long as the pin is open. Any thread. */
  Pin pin() {
    return new Pin();
  }

  /** The revision that a write of the command being applied gets. */
  long nextRevision() {
    return revision + 1;
  }

  /** The revision that reads of the command being applied see: its own writes included. */
  long writerRevision() {
    return changed ? revision + 1 : revision;
  }

  /** The key at the revision, or null. */
  KeyValue get(ByteString key, long atRevision) {
    KeyHistory history = keys.get(key);
    return history == null ? null : history.at(atRevision);
  }

  /** Visits the range's keys at the revision in their order. */
  void forEach(KeyRange range, long atRevision, Consumer<KeyValue> visitor) {
    if (range.isEmpty()) {
      return;
    }
    NavigableMap<ByteString, KeyHistory> part =
        range.to().isPresent()
            ? keys.subMap(range.from(), true, range.to().get(), false)
            : keys.tailMap(range.from(), true);
    for (KeyHistory history : part.values()) {
      KeyValue version = history.at(atRevision);
      if (version != null) {
        visitor.accept(version);
      }
    }
  }

  void put(ByteString key, ByteString value, long lease) {
    long newRevision = nextRevision();
    KeyValue previous = get(key, newRevision);
    leases.moved(previous == null ? key : previous.getKey(), leaseOf(previous), lease);
    KeyValue version =
        KeyValue.newBuilder()
            .setKey(previous == null ? key : previous.getKey())
            .setValue(value)
            .setLease(lease)
            .setCreateRevision(previous == null ? newRevision : previous.getCreateRevision())
            .setModRevision(newRevision)
            .setVersion(previous == null ? 1 : previous.getVersion() + 1)
            .build();
    append(version);
  }

  private static long leaseOf(KeyValue version) {
    return version == null ? 0 : version.getLease();
  }

  /** Deletes a key that exists. */
  void delete(ByteString key) {
    leases.moved(key, leaseOf(get(key, nextRevision())), 0);
    append(KeyValue.newBuilder().setKey(key).setModRevision(nextRevision()).build());
  }

  private void append(KeyValue version) {
    changed = true;
    addVersion(version);
    log.append(version);
  }

  private void addVersion(KeyValue version) {
    ByteString key = version.getKey();
    keys.computeIfAbsent(key, ignored -> new KeyHistory()).append(version);
    addBytes((long) key.size() + version.getValue().size());
  }

  /** Makes the command's changes visible, if there are any. */
  void publish() {
    if (changed) {
      changed = false;
      revision = revision + 1;
    }
  }

  /** Makes everything below the revision unreadable, then forgets it. */
  void compact(long upToRevision) throws KvException {
    if (upToRevision <= compactedRevision) {
      throw new KvException(KvError.COMPACTED);
    }
    if (upToRevision > revision) {
      throw new KvException(KvError.FUTURE_REVISION);
    }
    compactedRevision = upToRevision;
    forgetCompacted();
  }

  /**
   * Gives back the memory of what is compacted, unless there is a pin. Costs as much as was written
   * since the last time. Writer only.
   */
  void forgetCompacted() {
    long upTo = compactedRevision;
    if (forgottenRevision == upTo || pins.get() > 0) {
      return;
    }
    log.forEach(
        forgottenRevision + 1,
        upTo,
        change -> {
          forget(change.getKey(), upTo);
          return true;
        });
    log.forgetBelow(upTo);
    forgottenRevision = upTo;
  }

  private void forget(ByteString key, long upTo) {
    KeyHistory history = keys.get(key);
    if (history != null) {
      addBytes(-history.compact(upTo));
      if (history.isEmpty()) {
        keys.remove(key);
      }
    }
  }

  /** Visits changes between two revisions, both included; see {@link RevisionLog#forEach}. */
  void forEachChange(long from, long to, RevisionLog.Visitor visitor) {
    log.forEach(from, to, visitor);
  }

  /** Visits every key's history in the order of the keys. */
  void forEachHistory(Consumer<KeyHistory> visitor) {
    keys.values().forEach(visitor);
  }

  /** Fills an empty store again; what is wrong with the versions is the caller's to find. */
  final class Restorer {
    Restorer(long revision, long compactedRevision) {
      RevisionStore.this.revision = revision;
      RevisionStore.this.compactedRevision = compactedRevision;
      forgottenRevision = compactedRevision;
    }

    /** A version from before the compacted revision that is still the newest one there. */
    void base(KeyValue version) {
      addVersion(version);
      leases.moved(version.getKey(), 0, version.getLease());
    }

    /**
     * A change at or behind the compacted revision, in the order in which they were made.
     *
     * @param previous the key's version before it, or null
     */
    void change(KeyValue change, KeyValue previous) {
      boolean deletion = KeyHistory.isDeletion(change);
      // a deletion at the compacted revision is still watched but no longer part of a history
      if (!deletion || change.getModRevision() > compactedRevision) {
        addVersion(change);
      }
      log.append(change);
      leases.moved(change.getKey(), leaseOf(previous), change.getLease());
    }
  }

  private void addBytes(long more) {
    bytes = bytes + more;
  }
}
