package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.etcd.jetcd.api.KeyValue;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/**
 * Reads a key-value snapshot into a new store and believes nothing: besides the checksum, every
 * record must make sense behind the ones before it, and no length is trusted.
 */
final class SnapshotReader {
  private final CRC32C checksum = new CRC32C();
  private final DataInputStream data;
  private final long nowNanos;
  private final RevisionStore store = new RevisionStore();
  private RevisionStore.Restorer restorer;
  private long revision;
  private long compactedRevision;
  private long records;
  private byte lastType;
  private long lastLeaseId;
  private boolean anyLease;
  private KeyValue lastBase;
  private long lastChangeRevision;

  SnapshotReader(InputStream in, long nowNanos) {
    this.data = new DataInputStream(new CheckedInputStream(in, checksum));
    this.nowNanos = nowNanos;
  }

  RevisionStore read() throws IOException {
    int format = data.readInt();
    if (format != SnapshotWriter.FORMAT) {
      throw new IOException("a key-value snapshot of format " + format + " is not known here");
    }
    revision = data.readLong();
    compactedRevision = data.readLong();
    require(revision >= 1, "revision below 1");
    require(compactedRevision >= -1 && compactedRevision <= revision, "compacted revision");
    restorer = store.new Restorer(revision, compactedRevision);
    // revision 1 is the empty store, no change made it
    lastChangeRevision = Math.max(1, compactedRevision - 1);
    byte type = data.readByte();
    while (type != SnapshotWriter.END) {
      require(type >= lastType, "records out of order");
      lastType = type;
      switch (type) {
        case SnapshotWriter.LEASE -> lease();
        case SnapshotWriter.BASE -> base(keyValue());
        case SnapshotWriter.CHANGE -> change(keyValue());
        default -> throw wrong("record type " + type);
      }
      records++;
      type = data.readByte();
    }
    end();
    return store;
  }

  private void lease() throws IOException {
    long id = data.readLong();
    long ttlSeconds = data.readLong();
    long renewedIndex = data.readLong();
    require(id != 0 && (!anyLease || id > lastLeaseId), "lease id");
    require(
        ttlSeconds >= LeaseTable.MIN_TTL_SECONDS && ttlSeconds <= LeaseTable.MAX_TTL_SECONDS,
        "time to live");
    anyLease = true;
    lastLeaseId = id;
    try {
      store.leases().grant(id, ttlSeconds, renewedIndex, nowNanos);
    } catch (KvException e) {
      throw new IOException(e);
    }
  }

  private KeyValue keyValue() throws IOException {
    int size = data.readInt();
    require(size > 0 && size <= SnapshotWriter.MAX_RECORD_BYTES, "length " + size);
    byte[] bytes = data.readNBytes(size);
    require(bytes.length == size, "the end is missing");
    try {
      KeyValue kv = KeyValue.parseFrom(bytes);
      require(!kv.getKey().isEmpty(), "no key");
      return kv;
    } catch (InvalidProtocolBufferException e) {
      throw new IOException("a key-value snapshot is damaged: not a key", e);
    }
  }

  private void base(KeyValue version) throws IOException {
    require(
        lastBase == null || KeyRange.compare(lastBase.getKey(), version.getKey()) < 0, "key order");
    require(version.getModRevision() < compactedRevision, "version behind the compacted revision");
    require(isVersion(version), "version");
    lastBase = version;
    restorer.base(version);
  }

  private void change(KeyValue change) throws IOException {
    long made = change.getModRevision();
    boolean follows = made == lastChangeRevision || made == lastChangeRevision + 1;
    boolean kept = made >= Math.max(2, compactedRevision) && made <= revision;
    require(follows && kept, "revision " + made);
    lastChangeRevision = made;
    KeyValue previous = store.get(change.getKey(), made);
    require(previous == null || previous.getModRevision() < made, "a key changed twice at once");
    if (KeyHistory.isDeletion(change)) {
      require(previous != null || made <= compactedRevision, "a deletion of nothing");
      require(change.getValue().isEmpty() && change.getLease() == 0, "deletion");
    } else {
      require(isVersion(change), "version");
      require(
          made <= compactedRevision || isNext(previous, change), "a version that does not follow");
    }
    KeyValue shared =
        previous == null ? change : change.toBuilder().setKey(previous.getKey()).build();
    restorer.change(shared, previous);
  }

  private static boolean isVersion(KeyValue version) {
    return version.getVersion() >= 1
        && version.getCreateRevision() >= 2
        && version.getModRevision() >= version.getCreateRevision();
  }

  private static boolean isNext(KeyValue previous, KeyValue change) {
    return previous == null
        ? change.getVersion() == 1 && change.getCreateRevision() == change.getModRevision()
        : change.getVersion() == previous.getVersion() + 1
            && change.getCreateRevision() == previous.getCreateRevision();
  }

  private void end() throws IOException {
    require(lastChangeRevision == revision, "changes are missing");
    require(data.readLong() == records, "records are missing");
    int expected = (int) checksum.getValue();
    require(data.readInt() == expected, "checksum");
    require(data.read() < 0, "something follows the end");
    boolean[] lost = new boolean[1];
    store.forEach(
        new KeyRange(ByteString.EMPTY, Optional.empty()),
        revision,
        kv -> lost[0] |= kv.getLease() != 0 && !store.leases().contains(kv.getLease()));
    require(!lost[0], "a key's lease is missing");
  }

  private static void require(boolean holds, String what) throws IOException {
    if (!holds) {
      throw wrong(what);
    }
  }

  private static IOException wrong(String what) {
    return new IOException("a key-value snapshot is damaged: " + what);
  }
}
