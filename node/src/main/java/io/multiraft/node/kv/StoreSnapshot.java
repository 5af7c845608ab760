package io.multiraft.node.kv;

import io.etcd.jetcd.api.KeyValue;
import io.multiraft.node.StateMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * A store as it was at one revision. Nothing is copied but the leases: what is readable at a
 * revision never changes, and the pin keeps it from being forgotten. Written as docs/kv-snapshot.md
 * says.
 */
final class StoreSnapshot implements StateMachine.Snapshot {
  private final RevisionStore store;
  private final RevisionStore.Pin pin;
  private final long revision;
  private final List<SnapshotWriter.LeaseRecord> leases;

  private StoreSnapshot(RevisionStore store) {
    this.store = store;
    this.pin = store.pin();
    this.revision = store.revision();
    this.leases = store.leases().all().stream().map(SnapshotWriter.LeaseRecord::of).toList();
  }

  /** The store's state now; called by its writer. */
  static StoreSnapshot of(RevisionStore store) {
    return new StoreSnapshot(store);
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    SnapshotWriter writer = new SnapshotWriter(out);
    writer.begin(revision, pin.compactedRevision);
    for (SnapshotWriter.LeaseRecord lease : leases) {
      writer.lease(lease);
    }
    try {
      store.forEachHistory(
          history -> {
            KeyValue version = history.at(pin.compactedRevision);
            // one made at the compacted revision itself is among the changes
            if (version != null && version.getModRevision() < pin.compactedRevision) {
              writer.base(version);
            }
          });
      store.forEachChange(
          Math.max(0, pin.compactedRevision),
          revision,
          change -> {
            writer.change(change);
            return true;
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    writer.end();
  }

  static RevisionStore read(InputStream in, long nowNanos) throws IOException {
    return new SnapshotReader(in, nowNanos).read();
  }

  @Override
  public void close() {
    pin.close();
  }
}
