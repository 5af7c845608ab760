package io.multiraft.node.group;

import io.multiraft.node.StateMachine;
import io.multiraft.node.log.SnapshotDamagedException;
import io.multiraft.node.log.SnapshotReader;
import io.multiraft.node.log.SnapshotStore;
import io.multiraft.node.log.StoredSnapshot;
import io.multiraft.node.raft.RaftLog;
import io.multiraft.node.raft.SnapshotMeta;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A group's durable snapshots. One that turns out to be damaged is passed over for an older one, as
 * long as the log reaches back that far. Used on the group's event loop, but for {@link #restore}.
 */
final class SavedSnapshots implements SavedState {
  private static final Logger LOG = LoggerFactory.getLogger(SavedSnapshots.class);

  private final int groupId;
  private final SnapshotStore store;
  private final RaftLog log;
  private final AppliedPoint beginning;
  private final Set<Long> damagedIndices = ConcurrentHashMap.newKeySet();
  private Optional<SnapshotMeta> newest;

  /**
   * @param newest as {@link #find} found it
   */
  SavedSnapshots(
      int groupId,
      SnapshotStore store,
      RaftLog log,
      AppliedPoint beginning,
      Optional<SnapshotMeta> newest) {
    this.groupId = groupId;
    this.store = store;
    this.log = log;
    this.beginning = beginning;
    this.newest = newest;
  }

  /**
   * The newest snapshot of a group that starts: a crash may have come between a file and the record
   * of it in the log.
   *
   * @param logged the newest one that the log knows
   */
  static Optional<SnapshotMeta> find(
      SnapshotStore store, int groupId, Optional<SnapshotMeta> logged) {
    long loggedIndex = logged.map(SnapshotMeta::index).orElse(0L);
    for (StoredSnapshot stored : store.all(groupId)) {
      if (stored.index() > loggedIndex) {
        try {
          return Optional.of(stored.meta());
        } catch (IOException e) {
          LOG.warn("A snapshot of group {} is passed over: {}", groupId, e.toString());
        }
      }
    }
    return logged;
  }

  /** The newest durable snapshot, readable or not. */
  Optional<SnapshotMeta> newestMeta() {
    return newest;
  }

  /** Index of the newest durable snapshot, 0 for none. */
  long index() {
    return newest.map(SnapshotMeta::index).orElse(0L);
  }

  /** A newer one is durable. */
  void add(SnapshotMeta meta) {
    if (meta.index() >= index()) {
      newest = Optional.of(meta);
    }
  }

  /** The file of the newest one. */
  Optional<StoredSnapshot> newestFile() {
    return newest.map(meta -> new StoredSnapshot(store, groupId, meta.index(), meta.term()));
  }

  @Override
  public Optional<AppliedPoint> newest() {
    Optional<SnapshotMeta> readable =
        newest.filter(meta -> !damagedIndices.contains(meta.index())).or(this::older);
    if (readable.isPresent()) {
      return readable.map(meta -> new AppliedPoint(meta.index(), meta.term(), meta.config()));
    }
    return log.firstIndex() == 1 ? Optional.of(beginning) : Optional.empty();
  }

  /**
   * Reads a few bytes on the event loop: only after damage, where nothing else can go on anyway.
   */
  private Optional<SnapshotMeta> older() {
    for (StoredSnapshot stored : store.all(groupId)) {
      if (!damagedIndices.contains(stored.index()) && stored.index() >= log.firstIndex() - 1) {
        try {
          return Optional.of(stored.meta());
        } catch (IOException e) {
          LOG.warn("A snapshot of group {} is passed over: {}", groupId, e.toString());
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public void restore(AppliedPoint point, StateMachine machine) throws IOException {
    StoredSnapshot stored = new StoredSnapshot(store, groupId, point.index(), point.term());
    try (SnapshotReader in = stored.open()) {
      machine.restore(in);
      if (in.read() >= 0) {
        throw new IOException("the state machine did not read its snapshot to the end");
      }
    } catch (SnapshotDamagedException | NoSuchFileException e) {
      damagedIndices.add(point.index());
      throw e;
    }
  }
}
