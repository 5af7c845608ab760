package io.multiraft.node.kv;

import com.google.protobuf.CodedOutputStream;
import io.etcd.jetcd.api.KeyValue;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/** Writes records of a key-value snapshot; needs the memory of one record. */
final class SnapshotWriter {
  static final int FORMAT = 1;
  static final byte LEASE = 1;
  static final byte BASE = 2;
  static final byte CHANGE = 3;
  static final byte END = 4;

  /** A key and a value of the largest request, and what protobuf adds. */
  static final int MAX_RECORD_BYTES = KvRequests.MAX_REQUEST_BYTES + 1024;

  /** What of a lease is state. */
  record LeaseRecord(long id, long ttlSeconds, long renewedIndex) {
    static LeaseRecord of(Lease lease) {
      return new LeaseRecord(lease.id(), lease.ttlSeconds(), lease.renewedIndex());
    }
  }

  private final CRC32C checksum = new CRC32C();
  private final DataOutputStream data;
  private long records;

  SnapshotWriter(OutputStream out) {
    data = new DataOutputStream(new CheckedOutputStream(out, checksum));
  }

  void begin(long revision, long compactedRevision) throws IOException {
    data.writeInt(FORMAT);
    data.writeLong(revision);
    data.writeLong(compactedRevision);
  }

  void lease(LeaseRecord lease) throws IOException {
    data.writeByte(LEASE);
    data.writeLong(lease.id());
    data.writeLong(lease.ttlSeconds());
    data.writeLong(lease.renewedIndex());
    records++;
  }

  void base(KeyValue version) {
    keyValue(BASE, version);
  }

  void change(KeyValue change) {
    keyValue(CHANGE, change);
  }

  private void keyValue(byte type, KeyValue kv) {
    try {
      data.writeByte(type);
      int size = kv.getSerializedSize();
      data.writeInt(size);
      CodedOutputStream coded = CodedOutputStream.newInstance(data, Math.min(size, 4096));
      kv.writeTo(coded);
      coded.flush();
      records++;
    } catch (IOException e) {
      throw new UncheckedIOException(e); // through the visitors of the store
    }
  }

  void end() throws IOException {
    data.writeByte(END);
    data.writeLong(records);
    data.writeInt((int) checksum.getValue());
    data.flush();
  }
}
