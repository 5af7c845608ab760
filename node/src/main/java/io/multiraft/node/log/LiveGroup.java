package io.multiraft.node.log;

import io.multiraft.node.log.MetaRecord.GroupCreated;
import io.multiraft.node.log.StateRecord.Compaction;
import io.multiraft.node.log.StateRecord.GroupState;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.SnapshotMeta;
import java.util.Optional;

/** What the log, as far as it is written, says of a group that lives here. */
final class LiveGroup {
  private final GroupCreated creation;
  private String ownerUid;
  private HardState hardState = HardState.INITIAL;
  private long firstIndex = 1;
  private long previousTerm;
  private long lastIndex;
  private SnapshotMeta snapshot;

  /** Where the newest record stands that tells all of the group but its entries. */
  private long baseOffset;

  /** The first entry that that record speaks of. */
  private long baseFirstIndex = 1;

  /** Where the entries were last written again as a whole, and by whose hand. */
  private long rewrittenOffset;

  private GroupLog rewrittenBy;

  LiveGroup(GroupCreated creation, long baseOffset) {
    this.creation = creation;
    this.ownerUid = creation.uid();
    this.baseOffset = baseOffset;
  }

  LiveGroup(GroupState state, long baseOffset) {
    this(state.creation(), baseOffset);
    ownerUid = state.ownerUid();
    hardState = state.hardState();
    firstIndex = state.firstIndex();
    previousTerm = state.previousTerm();
    lastIndex = state.lastIndex();
    snapshot = state.snapshot().orElse(null);
    baseFirstIndex = firstIndex;
  }

  GroupCreated creation() {
    return creation;
  }

  String ownerUid() {
    return ownerUid;
  }

  long baseOffset() {
    return baseOffset;
  }

  GroupState state() {
    return new GroupState(
        creation,
        ownerUid,
        hardState,
        firstIndex,
        previousTerm,
        lastIndex,
        Optional.ofNullable(snapshot));
  }

  void restated(long offset) {
    baseOffset = offset;
    baseFirstIndex = firstIndex;
  }

  /** Whether the newest base speaks of entries up to this one. */
  boolean baseSpeaksOf(long index) {
    return index >= baseFirstIndex;
  }

  void ownedBy(String uid) {
    ownerUid = uid;
  }

  void hardState(HardState next) {
    hardState = next;
  }

  void entriesTo(long index) {
    lastIndex = index;
  }

  void compacted(Compaction compaction) {
    firstIndex = compaction.firstIndex();
    previousTerm = compaction.previousTerm();
    snapshot = compaction.newest();
    if (compaction.replacesLog()) {
      lastIndex = firstIndex - 1;
    }
  }

  void tailRewritten() {
    lastIndex = firstIndex - 1;
  }

  void rewritten(GroupLog by, long offset) {
    rewrittenBy = by;
    rewrittenOffset = offset;
  }

  /** Whether entries up to {@code maxIndex} before {@code offset} are still what is read. */
  boolean needs(long maxIndex, long offset) {
    if (maxIndex < firstIndex) {
      return false;
    }
    return rewrittenBy == null
        || rewrittenOffset < offset
        || rewrittenBy.readsFromOffset() < rewrittenOffset;
  }
}
