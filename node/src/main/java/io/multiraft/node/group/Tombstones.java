package io.multiraft.node.group;

import io.multiraft.node.log.GroupIdSet;
import io.multiraft.node.log.MetaRecord.GroupFailed;
import io.multiraft.node.log.MetaRecord.GroupRemoved;
import io.multiraft.node.log.MetaRecord.MemberRemoved;
import io.multiraft.node.log.Recovered;
import io.multiraft.node.wire.ResultCode;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What was removed here and may not come back (node rule 4), and members that lost what they had on
 * disk and must be removed (node rule 12). Thread-safe.
 */
final class Tombstones {
  private final GroupIdSet groups;
  private final Map<Integer, MemberRemoved> members = new ConcurrentHashMap<>();
  private final Map<Integer, GroupFailed> failed = new ConcurrentSkipListMap<>();

  Tombstones(Recovered recovered) {
    groups = GroupIdSet.copyOf(recovered.removedGroups());
    members.putAll(recovered.removedMembers());
    failed.putAll(recovered.failedGroups());
  }

  void add(GroupRemoved removed) {
    groups.add(removed.groupId());
    members.remove(removed.groupId());
    failed.remove(removed.groupId());
  }

  void add(MemberRemoved removed) {
    members.put(removed.groupId(), removed);
    failed.remove(removed.groupId());
  }

  /** A member that has failed and was not removed yet. */
  Optional<GroupFailed> failed(int groupId) {
    return Optional.ofNullable(failed.get(groupId));
  }

  /** All such members, by rising group id. */
  Collection<GroupFailed> failed() {
    return failed.values();
  }

  /** A member was made again with a higher server id. */
  void replaced(int groupId) {
    members.remove(groupId);
  }

  boolean hasGroup(int groupId) {
    return groups.contains(groupId);
  }

  /** Why a group with this spec may not be made here; empty if it may. */
  Optional<String> against(GroupSpec spec) {
    if (groups.contains(spec.groupId())) {
      return Optional.of("group %d was removed here for good".formatted(spec.groupId()));
    }
    GroupFailed lost = failed.get(spec.groupId());
    if (lost != null) {
      return Optional.of(
          "the member of group %d here has failed and must be removed first: %s"
              .formatted(spec.groupId(), lost.why()));
    }
    MemberRemoved member = members.get(spec.groupId());
    if (member == null) {
      return Optional.empty();
    }
    if (spec.mode() == GroupSpec.Mode.BOOTSTRAP) {
      return Optional.of(
          "member %d of group %d was removed here; use mode join with a higher server id"
              .formatted(member.highestServerId(), spec.groupId()));
    }
    if (!member.uid().equals(spec.uid())) {
      return Optional.of(
          "a member of group %d with uid %s was removed here"
              .formatted(spec.groupId(), member.uid()));
    }
    if (spec.joinServerId() <= member.highestServerId()) {
      return Optional.of(
          "server id %d was used here, a higher one than %d is needed"
              .formatted(spec.joinServerId(), member.highestServerId()));
    }
    return Optional.empty();
  }

  /** What a request for a group that is not here is told (wire protocol, section 12.2). */
  ResultCode absence(int groupId) {
    if (groups.contains(groupId)) {
      return ResultCode.REMOVED_GROUP;
    }
    return members.containsKey(groupId) ? ResultCode.REMOVED_MEMBER : ResultCode.UNKNOWN_GROUP;
  }
}
