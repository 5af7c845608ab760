package io.multiraft.node.kv;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KeyValue;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A hash of every version that is readable up to a revision.
 *
 * @param hash CRC-32C over the versions by key and revision
 * @param hashRevision up to where
 * @param compactRevision from where
 */
public record KvHash(int hash, long hashRevision, long compactRevision) {
  static KvHash of(RevisionStore store, long revision) throws KvException {
    try (RevisionStore.Pin pin = store.pin()) {
      long newest = store.revision();
      long upTo = revision == 0 ? newest : revision;
      if (upTo < pin.compactedRevision) {
        throw new KvException(KvError.COMPACTED);
      } else if (upTo > newest) {
        throw new KvException(KvError.FUTURE_REVISION);
      }
      CRC32C crc = new CRC32C();
      store.forEachHistory(
          history -> {
            KeyValue oldest = history.at(pin.compactedRevision);
            if (oldest != null) {
              update(crc, oldest);
            }
            for (KeyValue version : history.all()) {
              long made = version.getModRevision();
              if (made > pin.compactedRevision && made <= upTo) {
                update(crc, version);
              }
            }
          });
      return new KvHash((int) crc.getValue(), upTo, pin.compactedRevision);
    }
  }

  private static void update(CRC32C crc, KeyValue version) {
    ByteBuffer numbers = ByteBuffer.allocate(4 * Long.BYTES + 2 * Integer.BYTES);
    numbers.putLong(version.getCreateRevision()).putLong(version.getModRevision());
    numbers.putLong(version.getVersion()).putLong(version.getLease());
    numbers.putInt(version.getKey().size()).putInt(version.getValue().size());
    crc.update(numbers.flip());
    update(crc, version.getKey());
    update(crc, version.getValue());
  }

  private static void update(CRC32C crc, ByteString bytes) {
    bytes.asReadOnlyByteBufferList().forEach(crc::update);
  }
}
