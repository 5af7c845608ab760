package io.multiraft.node.log;

import io.multiraft.node.log.MetaRecord.GroupCreated;
import io.multiraft.node.log.MetaRecord.GroupFailed;
import io.multiraft.node.log.MetaRecord.GroupRemoved;
import io.multiraft.node.log.MetaRecord.MemberRemoved;
import io.multiraft.node.log.MetaRecord.OwnerChanged;
import io.multiraft.node.log.MetaRecord.PeerSeen;
import io.multiraft.node.log.StateRecord.Chapter;
import io.multiraft.node.log.StateRecord.Compaction;
import io.multiraft.node.log.StateRecord.GroupState;
import io.multiraft.node.log.StateRecord.Purged;
import io.multiraft.node.log.StateRecord.RemovedIds;
import io.multiraft.node.log.StateRecord.TailRewritten;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the log says from its first segment to its last block, in the order in which it is written:
 * recovery builds it, then the writer keeps it. It knows what each segment is still needed for and
 * what must be written again before one can go. Used by one thread at a time.
 */
final class LiveState {
  private final NodeFacts facts = new NodeFacts();
  private final Map<Integer, LiveGroup> groups = new HashMap<>();

  /** By the segment's base. */
  private final TreeMap<Long, SegmentUse> uses = new TreeMap<>();

  private final Set<Integer> chapterGroupIds = new HashSet<>();
  private boolean chapterRemovedIds;
  private long chapterFromOffset;
  private Purged purged = new Purged(1, 0);

  NodeFacts facts() {
    return facts;
  }

  Map<Integer, LiveGroup> groups() {
    return groups;
  }

  Purged purged() {
    return purged;
  }

  /** What comes from now on stands in the segment that begins here. */
  void segment(long baseOffset) {
    Map.Entry<Long, SegmentUse> last = uses.lastEntry();
    if (last == null || last.getKey() < baseOffset) {
      uses.put(baseOffset, new SegmentUse());
    }
  }

  /** The segment's chapter stands in a later one: whose records it holds need not be known here. */
  void completed(long baseOffset) {
    uses.get(baseOffset).complete();
  }

  SegmentUse use(long baseOffset) {
    return uses.get(baseOffset);
  }

  void forgetSegment(long baseOffset) {
    uses.remove(baseOffset);
  }

  /** Payload bytes and headers of a group's entries in all segments. */
  long entryBytes(int groupId) {
    long bytes = 0;
    for (SegmentUse use : uses.values()) {
      SegmentUse.Entries entries = use.entries().get(groupId);
      bytes += entries == null ? 0 : entries.bytes();
    }
    return bytes;
  }

  long chapterFromOffset() {
    return chapterFromOffset;
  }

  boolean chapterIsEmpty() {
    return chapterGroupIds.isEmpty() && !chapterRemovedIds;
  }

  /** Whose records stand behind the last chapter. */
  Chapter chapter() {
    return chapter(chapterFromOffset, chapterRemovedIds, chapterGroupIds);
  }

  /** Whose records stand in a whole segment, and behind it. */
  Chapter segmentChapter(long baseOffset) {
    Set<Integer> groupIds = new HashSet<>();
    boolean removedIds = false;
    for (SegmentUse use : uses.tailMap(baseOffset).values()) {
      groupIds.addAll(use.groupIds());
      removedIds |= use.hasRemovedIds();
    }
    return chapter(baseOffset, removedIds, groupIds);
  }

  /** Where the segment before the newest one begins, if it is still there. */
  Optional<Long> baseBeforeNewest() {
    return Optional.ofNullable(uses.lowerKey(uses.lastKey()));
  }

  private Chapter chapter(long fromOffset, boolean nodeFacts, Set<Integer> groupIds) {
    int[] rising = groupIds.stream().mapToInt(Integer::intValue).sorted().toArray();
    return new Chapter(fromOffset, nodeFacts, facts.highestGroupIdSeen(), rising);
  }

  /** A piece of a batch was written in a block; entries are taken from {@link #entries}. */
  void written(Staged piece, long blockOffset, long offset) {
    if (piece instanceof Staged.Entries batch) {
      int groupId = batch.log().groupId();
      entries(groupId, batch.lastIndex(), batch.recordBytes());
      LiveGroup group = groups.get(groupId);
      if (group != null && batch.wholeTail()) {
        group.rewritten(batch.log(), offset);
      }
    } else if (piece instanceof Staged.Hard hard) {
      hardState(hard);
    } else if (piece instanceof Staged.Meta meta) {
      meta(meta.what(), blockOffset);
    } else if (piece instanceof Staged.State state) {
      state(state.what(), blockOffset);
    }
  }

  void entries(int groupId, long lastIndex, long bytes) {
    uses.lastEntry().getValue().entries(groupId, lastIndex, bytes);
    chapterGroupIds.add(groupId);
    LiveGroup group = groups.get(groupId);
    if (group != null) {
      group.entriesTo(lastIndex);
    }
  }

  void hardState(Staged.Hard hard) {
    named(hard.groupId());
    LiveGroup group = groups.get(hard.groupId());
    if (group != null) {
      group.hardState(hard.hardState());
    }
  }

  void meta(MetaRecord meta, long blockOffset) {
    if (meta instanceof GroupCreated created) {
      named(created.groupId());
      if (!facts.removedGroups().contains(created.groupId())) {
        facts.made(created.groupId());
        groups.put(created.groupId(), new LiveGroup(created, blockOffset));
      }
    } else if (meta instanceof GroupRemoved removed) {
      fact(removed.groupId());
      facts.removed(removed);
    } else if (meta instanceof MemberRemoved removed) {
      fact(removed.groupId());
      facts.removed(removed);
    } else if (meta instanceof GroupFailed failed) {
      fact(failed.groupId());
      facts.failed(failed);
    } else if (meta instanceof PeerSeen peer) {
      uses.lastEntry().getValue().nodeFact(false);
      facts.seen(peer);
    } else if (meta instanceof OwnerChanged changed) {
      named(changed.groupId());
      LiveGroup group = groups.get(changed.groupId());
      if (group != null) {
        group.ownedBy(changed.uid());
      }
    }
  }

  void state(StateRecord state, long blockOffset) {
    if (state instanceof Compaction compaction) {
      named(compaction.groupId());
      LiveGroup group = groups.get(compaction.groupId());
      if (group != null) {
        group.compacted(compaction);
      }
    } else if (state instanceof TailRewritten tail) {
      named(tail.groupId());
      LiveGroup group = groups.get(tail.groupId());
      if (group != null) {
        group.tailRewritten();
      }
    } else if (state instanceof GroupState group) {
      named(group.groupId());
      facts.seen(group.groupId());
      LiveGroup known = groups.get(group.groupId());
      if (known == null) {
        groups.put(group.groupId(), new LiveGroup(group, blockOffset));
      } else {
        known.restated(blockOffset);
      }
    } else if (state instanceof RemovedIds removed) {
      uses.lastEntry().getValue().nodeFact(true);
      chapterRemovedIds = true;
      facts.removed(removed);
    } else if (state instanceof Purged next) {
      purged = next;
    } else if (state instanceof Chapter) {
      chapterGroupIds.clear();
      chapterRemovedIds = false;
      chapterFromOffset = blockOffset;
    }
  }

  private void named(int groupId) {
    uses.lastEntry().getValue().group(groupId);
    chapterGroupIds.add(groupId);
  }

  private void fact(int groupId) {
    named(groupId);
    uses.lastEntry().getValue().nodeFact(false);
    groups.remove(groupId);
  }
}
