package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KeyValue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/**
 * All keys with their histories, at revision 1 when new.
 *
 * <p>One writer, any number of readers, no lock: a reader picks the published revision once and
 * looks into each key's history at that revision, so it sees one state whatever is written
 * meanwhile, and a long read never holds up the writer. A writer's changes carry the next revision
 * and become visible together when {@link #publish()} moves the revision. Only compaction takes
 * something away: it raises the compacted revision first, and a reader checks it once more after
 * its scan ({@link #checkReadable}).
 */
final class RevisionStore {
  private record Superseded(long revision, ByteString key) {}

  private final ConcurrentNavigableMap<ByteString, KeyHistory> keys =
      new ConcurrentSkipListMap<>(KeyRange.ORDER);

  /** Changes that made something older droppable, by rising revision. Writer only. */
  private final ArrayDeque<Superseded> superseded = new ArrayDeque<>();

  private volatile long revision = 1;
  // as in etcd, where compacting revision 0 of a new store succeeds
  private volatile long compactedRevision = -1;
  private volatile long bytes;
  private boolean changed;

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

  /** Every version of every key, by key and then by rising revision. Writer only. */
  List<KeyValue> versions() {
    List<KeyValue> all = new ArrayList<>();
    keys.values().forEach(history -> all.addAll(history.all()));
    return all;
  }

  /**
   * A store that holds what another one held.
   *
   * @param versions as {@link #versions} gave them
   */
  static RevisionStore of(long revision, long compactedRevision, List<KeyValue> versions) {
    RevisionStore store = new RevisionStore();
    List<KeyValue> byRevision = new ArrayList<>(versions);
    byRevision.sort(Comparator.comparingLong(KeyValue::getModRevision));
    for (KeyValue version : byRevision) {
      KeyHistory history = store.keys.get(version.getKey());
      boolean lived = history != null && history.at(version.getModRevision()) != null;
      store.append(version, lived);
    }
    store.changed = false;
    store.revision = revision;
    store.compactedRevision = compactedRevision;
    return store;
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
    KeyValue version =
        KeyValue.newBuilder()
            .setKey(previous == null ? key : previous.getKey())
            .setValue(value)
            .setLease(lease)
            .setCreateRevision(previous == null ? newRevision : previous.getCreateRevision())
            .setModRevision(newRevision)
            .setVersion(previous == null ? 1 : previous.getVersion() + 1)
            .build();
    append(version, previous != null);
  }

  /** Deletes a key that exists. */
  void delete(ByteString key) {
    append(KeyValue.newBuilder().setKey(key).setModRevision(nextRevision()).build(), true);
  }

  private void append(KeyValue version, boolean supersedes) {
    changed = true;
    ByteString key = version.getKey();
    keys.computeIfAbsent(key, ignored -> new KeyHistory()).append(version);
    addBytes((long) key.size() + version.getValue().size());
    if (supersedes) {
      superseded.add(new Superseded(version.getModRevision(), key));
    }
  }

  /** Makes the command's changes visible, if there are any. */
  void publish() {
    if (changed) {
      changed = false;
      revision = revision + 1;
    }
  }

  /** Forgets what was superseded at or below the revision. Costs as much as it forgets. */
  void compact(long upToRevision) throws KvException {
    if (upToRevision <= compactedRevision) {
      throw new KvException(KvError.COMPACTED);
    }
    if (upToRevision > revision) {
      throw new KvException(KvError.FUTURE_REVISION);
    }
    compactedRevision = upToRevision;
    while (!superseded.isEmpty() && superseded.peek().revision() <= upToRevision) {
      ByteString key = superseded.poll().key();
      KeyHistory history = keys.get(key);
      if (history != null) {
        addBytes(-history.compact(upToRevision));
        if (history.isEmpty()) {
          keys.remove(key);
        }
      }
    }
  }

  private void addBytes(long more) {
    bytes = bytes + more;
  }
}
