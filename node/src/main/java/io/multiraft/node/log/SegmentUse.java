package io.multiraft.node.log;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What a segment holds of each group, as far as somebody may still need it. */
final class SegmentUse {
  /** Entries of one group in one segment. */
  static final class Entries {
    private long maxIndex;
    private long bytes;

    long maxIndex() {
      return maxIndex;
    }

    long bytes() {
      return bytes;
    }
  }

  private final Map<Integer, Entries> entries = new HashMap<>();
  private Set<Integer> groupIds = new HashSet<>();
  private final Set<Integer> toRestate = new HashSet<>();
  private boolean nodeFacts;
  private boolean hasRemovedIds;

  void entries(int groupId, long lastIndex, long bytes) {
    Entries use = entries.computeIfAbsent(groupId, id -> new Entries());
    use.maxIndex = Math.max(use.maxIndex, lastIndex);
    use.bytes += bytes;
    groupIds.add(groupId);
  }

  void group(int groupId) {
    groupIds.add(groupId);
  }

  /** There is a record of the node itself, or of what does not live here. */
  void nodeFact(boolean ofNoGroup) {
    nodeFacts = true;
    hasRemovedIds |= ofNoGroup;
  }

  Map<Integer, Entries> entries() {
    return entries;
  }

  /**
   * Groups that need no entry in here any more, but whose newest base still speaks of some: they
   * must be restated before the segment can go.
   */
  Set<Integer> toRestate() {
    return toRestate;
  }

  /** All groups that are named in it. */
  Set<Integer> groupIds() {
    return groupIds;
  }

  boolean hasNodeFacts() {
    return nodeFacts;
  }

  /** Nothing is added any more, and the chapter that names all groups is written. */
  void complete() {
    groupIds = Set.of();
  }

  /** Whether there are facts that no group's id stands for. */
  boolean hasRemovedIds() {
    return hasRemovedIds;
  }

  void factsRestated() {
    nodeFacts = false;
  }
}
