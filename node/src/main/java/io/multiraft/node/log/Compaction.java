package io.multiraft.node.log;

import io.multiraft.node.raft.SnapshotMeta;
import java.util.Objects;

/**
 * A durable snapshot stands for the entries before {@code firstIndex}.
 *
 * @param groupId the group
 * @param replacesLog whether it stands for all entries, also those that other leaders put at and
 *     behind {@code firstIndex}
 * @param firstIndex the first entry kept, or the next one to come
 * @param previousTerm the term of the entry before it
 * @param newest the newest durable snapshot
 */
record Compaction(
    int groupId, boolean replacesLog, long firstIndex, long previousTerm, SnapshotMeta newest)
    implements StateRecord {
  Compaction {
    Objects.requireNonNull(newest, "newest");
    if (firstIndex < 1
        || firstIndex > newest.index() + 1
        || (replacesLog && (firstIndex != newest.index() + 1 || previousTerm != newest.term()))) {
      throw new IllegalArgumentException(
          "group %d cannot begin at %d behind term %d with a snapshot to %d"
              .formatted(groupId, firstIndex, previousTerm, newest.index()));
    }
  }
}
