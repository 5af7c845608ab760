package io.multiraft.node.log;

import io.multiraft.node.log.MetaRecord.GroupFailed;
import io.multiraft.node.log.MetaRecord.GroupRemoved;
import io.multiraft.node.log.MetaRecord.MemberRemoved;
import io.multiraft.node.log.MetaRecord.PeerSeen;
import io.multiraft.node.log.StateRecord.RemovedIds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What the log knows that belongs to no group which lives here. Used by one thread at a time. */
final class NodeFacts {
  /** So that a record stays far below the longest one that is read. */
  private static final int MAX_CHUNKS_PER_RECORD = 1000;

  private final GroupIdSet removedGroups = new GroupIdSet();
  private final Map<Integer, MemberRemoved> removedMembers = new TreeMap<>();
  private final Map<Integer, GroupFailed> failedGroups = new TreeMap<>();
  private final Map<UUID, PeerSeen> peers = new HashMap<>();
  private int highestGroupIdSeen = Recovered.NO_GROUP;

  GroupIdSet removedGroups() {
    return removedGroups;
  }

  Map<Integer, MemberRemoved> removedMembers() {
    return removedMembers;
  }

  Map<Integer, GroupFailed> failedGroups() {
    return failedGroups;
  }

  Map<UUID, PeerSeen> peers() {
    return peers;
  }

  int highestGroupIdSeen() {
    return highestGroupIdSeen;
  }

  void seen(int groupId) {
    highestGroupIdSeen = Math.max(highestGroupIdSeen, groupId);
  }

  /** A member is made: its predecessor here is forgotten. */
  void made(int groupId) {
    seen(groupId);
    removedMembers.remove(groupId);
    failedGroups.remove(groupId);
  }

  void removed(GroupRemoved removed) {
    seen(removed.groupId());
    removedMembers.remove(removed.groupId());
    failedGroups.remove(removed.groupId());
    removedGroups.add(removed.groupId());
  }

  void removed(RemovedIds removed) {
    highestGroupIdSeen = Math.max(highestGroupIdSeen, removed.highestGroupIdSeen());
    removedGroups.addAll(removed.ids());
  }

  void removed(MemberRemoved removed) {
    seen(removed.groupId());
    failedGroups.remove(removed.groupId());
    removedMembers.merge(
        removed.groupId(),
        removed,
        (old, next) -> old.highestServerId() > next.highestServerId() ? old : next);
  }

  void failed(GroupFailed failed) {
    seen(failed.groupId());
    failedGroups.putIfAbsent(failed.groupId(), failed);
  }

  void seen(PeerSeen peer) {
    peers.merge(
        peer.incarnation(), peer, (old, next) -> old.bootNumber() > next.bootNumber() ? old : next);
  }

  /** Whether a group's records are void: it was removed, or failed, and not made again. */
  boolean isGone(int groupId) {
    return removedGroups.contains(groupId)
        || removedMembers.containsKey(groupId)
        || failedGroups.containsKey(groupId);
  }

  /** All of it, to stand in a newer segment. */
  List<Staged> restated() {
    List<Staged> records = new ArrayList<>();
    int chunk = 0;
    do {
      GroupIdSet part = removedGroups.part(chunk, MAX_CHUNKS_PER_RECORD);
      records.add(Staged.State.of(new RemovedIds(highestGroupIdSeen, part)));
      chunk += MAX_CHUNKS_PER_RECORD;
    } while (chunk < removedGroups.chunkCount());
    removedMembers.values().forEach(removed -> records.add(Staged.Meta.of(removed)));
    failedGroups.values().forEach(failed -> records.add(Staged.Meta.of(failed)));
    peers.values().forEach(peer -> records.add(Staged.Meta.of(peer)));
    return records;
  }
}
