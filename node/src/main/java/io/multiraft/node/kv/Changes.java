package io.multiraft.node.kv;

import io.etcd.jetcd.api.KeyValue;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes of whole revisions in their order.
 *
 * @param changes puts, and deletions as a key with nothing but the revision
 * @param upToRevision every change up to here, from the revision that was asked for, is among them
 */
public record Changes(List<KeyValue> changes, long upToRevision) {
  /** Bounds the list when keys and values are tiny. */
  private static final int CHANGE_OVERHEAD_BYTES = 64;

  static Changes read(RevisionStore store, long fromRevision, long maxBytes) throws KvException {
    long newest = store.revision();
    store.checkReadable(fromRevision);
    List<KeyValue> changes = new ArrayList<>();
    long[] bytes = new long[1];
    store.forEachChange(
        fromRevision,
        newest,
        change -> {
          boolean begins =
              !changes.isEmpty()
                  && changes.get(changes.size() - 1).getModRevision() != change.getModRevision();
          if (begins && bytes[0] >= maxBytes) {
            return false;
          }
          changes.add(change);
          bytes[0] += CHANGE_OVERHEAD_BYTES + change.getKey().size() + change.getValue().size();
          return true;
        });
    store.checkReadable(fromRevision);
    boolean all = bytes[0] < maxBytes || changes.isEmpty();
    long upTo = all ? newest : changes.get(changes.size() - 1).getModRevision();
    return new Changes(changes, Math.max(upTo, fromRevision - 1));
  }

  /** Whether a change is a deletion. */
  public static boolean isDeletion(KeyValue change) {
    return KeyHistory.isDeletion(change);
  }
}
