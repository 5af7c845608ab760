package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KeyValue;
import io.multiraft.node.StateMachine;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A store as it was at one revision: references to versions, which never change. Written as a
 * format number (4 bytes), revision (8), compacted revision (8), then each version as a
 * length-delimited {@code KeyValue}, by key and revision; big-endian.
 */
final class StoreSnapshot implements StateMachine.Snapshot {
  private static final int FORMAT = 1;

  private final long revision;
  private final long compactedRevision;
  private final List<KeyValue> versions;

  private StoreSnapshot(long revision, long compactedRevision, List<KeyValue> versions) {
    this.revision = revision;
    this.compactedRevision = compactedRevision;
    this.versions = versions;
  }

  /** The store's state now; called by its writer. */
  static StoreSnapshot of(RevisionStore store) {
    return new StoreSnapshot(store.revision(), store.compactedRevision(), store.versions());
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    DataOutputStream data = new DataOutputStream(out);
    data.writeInt(FORMAT);
    data.writeLong(revision);
    data.writeLong(compactedRevision);
    for (KeyValue version : versions) {
      version.writeDelimitedTo(data);
    }
    data.flush();
  }

  static RevisionStore read(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    int format = data.readInt();
    if (format != FORMAT) {
      throw new IOException("a key-value snapshot of format " + format + " is not known here");
    }
    long revision = data.readLong();
    long compactedRevision = data.readLong();
    List<KeyValue> versions = new ArrayList<>();
    ByteString key = ByteString.EMPTY;
    for (KeyValue version = KeyValue.parseDelimitedFrom(data);
        version != null;
        version = KeyValue.parseDelimitedFrom(data)) {
      if (version.getKey().equals(key)) {
        version = version.toBuilder().setKey(key).build(); // one key object for all its versions
      }
      key = version.getKey();
      versions.add(version);
    }
    return RevisionStore.of(revision, compactedRevision, versions);
  }

  @Override
  public void close() {
    // holds nothing but memory
  }
}
