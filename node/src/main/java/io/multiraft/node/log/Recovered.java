package io.multiraft.node.log;

import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.SnapshotMeta;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;

/**
 * What the log knew when it was opened, all of it durable.
 *
 * @param groups the groups that live here, by rising group id
 * @param removedGroups what was removed here for good
 * @param removedMembers by group id, for groups whose member was removed here and not made again
 * @param failedGroups by group id, groups whose member must not take part any more, because
 *     something that it had on disk is damaged; the only way on is to remove the member here and to
 *     make another with a higher server id
 * @param peers by incarnation, so that an old disk is known when it comes back; the highest boot
 *     number of each
 * @param highestGroupIdSeen over all groups ever made or removed here, {@link #NO_GROUP} if none
 */
public record Recovered(
    List<Group> groups,
    GroupIdSet removedGroups,
    SortedMap<Integer, MetaRecord.MemberRemoved> removedMembers,
    SortedMap<Integer, MetaRecord.GroupFailed> failedGroups,
    Map<UUID, MetaRecord.PeerSeen> peers,
    int highestGroupIdSeen) {
  /** No group was ever seen. */
  public static final int NO_GROUP = -1;

  /**
   * A group that lives here.
   *
   * @param creation as it was made
   * @param ownerUid its owner now: the uid of the creation, or of the last change of owner
   * @param hardState its last hard state
   * @param snapshot the newest snapshot whose file was durable when the log was compacted; there
   *     may be a newer file
   * @param log its entries
   */
  public record Group(
      MetaRecord.GroupCreated creation,
      String ownerUid,
      HardState hardState,
      Optional<SnapshotMeta> snapshot,
      GroupLog log) {}
}
