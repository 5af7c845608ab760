package io.multiraft.node.log;

import io.multiraft.node.log.MetaRecord.GroupCreated;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.SnapshotMeta;
import java.util.Objects;
import java.util.Optional;

/** What the log notes on its own behalf, so that old segments can go and damage has bounds. */
sealed interface StateRecord {
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
    public Compaction {
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

  /**
   * The entries of a group are void; all that it still has follow again in the same block.
   *
   * @param previousTerm the term of the entry before {@code firstIndex}
   */
  record TailRewritten(int groupId, long firstIndex, long previousTerm) implements StateRecord {}

  /**
   * All that is known of a group at this place but its entries: what came before it matters no
   * more, except for the entries from {@code firstIndex} to {@code lastIndex}.
   *
   * @param previousTerm the term of the entry before {@code firstIndex}
   */
  record GroupState(
      GroupCreated creation,
      String ownerUid,
      HardState hardState,
      long firstIndex,
      long previousTerm,
      long lastIndex,
      Optional<SnapshotMeta> snapshot)
      implements StateRecord {
    int groupId() {
      return creation.groupId();
    }
  }

  /**
   * Whose records stand between {@code fromOffset} and the block that holds this.
   *
   * @param nodeFacts whether there are records that name no single group
   * @param highestGroupIdSeen over all groups ever made or removed here
   * @param groupIds rising
   */
  record Chapter(long fromOffset, boolean nodeFacts, int highestGroupIdSeen, int[] groupIds)
      implements StateRecord {}

  /**
   * Everything that segments before this one held is void or stands again behind them.
   *
   * @param firstOffset where that segment begins in the log
   */
  record Purged(long firstSequence, long firstOffset) implements StateRecord {}

  /** Groups that were removed for good, some of them; and the highest group id ever seen. */
  record RemovedIds(int highestGroupIdSeen, GroupIdSet ids) implements StateRecord {}
}
