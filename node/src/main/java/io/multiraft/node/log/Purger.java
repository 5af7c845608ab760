package io.multiraft.node.log;

import io.multiraft.node.log.HeldBack.Remedy;
import io.multiraft.node.log.StateRecord.Purged;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Lets the oldest segment go once no group needs an entry in it: what else it says is written
 * again, a few groups with each sync; when all of that is durable a record says that the segment is
 * no longer needed; when that is durable, too, the file is deleted. On the writer's thread.
 */
final class Purger {
  private static final int GROUPS_PER_SLICE = 512;

  /** A tail of this size costs less to write again than a snapshot. */
  private static final long SMALL_TAIL_BYTES = 256 << 10;

  /** What is written again goes through memory as a whole. */
  private static final long MAX_REWRITTEN_BYTES = 64 << 20;

  private final Segments segments;
  private final LiveState state;
  private final long maxLogBytes;
  private final List<Segment> inOrder;

  private Consumer<HeldBack> onHeldBack = heldBack -> {};

  /** The segment that was last asked about, and how often. */
  private long askedSequence;

  private int timesAsked;

  /**
   * How much may be written again: no more than was written for others, or a log whose live entries
   * are more than its bound would be written again for ever.
   */
  private long creditBytes;

  /** Whether nothing has changed since the oldest segment was found to be held. */
  private boolean checked;

  Purger(Segments segments, LiveState state, long maxLogBytes) {
    this.segments = segments;
    this.state = state;
    this.maxLogBytes = maxLogBytes;
    this.inOrder = new ArrayList<>(segments.inOrder());
  }

  void onHeldBack(Consumer<HeldBack> listener) {
    onHeldBack = listener;
  }

  /** Something was written that was not there before. */
  void writtenNew(long bytes) {
    creditBytes = Math.min(creditBytes + bytes, MAX_REWRITTEN_BYTES);
  }

  /** A new segment begins: the one before it is complete. */
  void rolled(Segment next) {
    inOrder.add(next);
    checked = false;
    askAboutHolders();
  }

  /** Something was removed or compacted. */
  void maybeFreed() {
    checked = false;
  }

  /** Whether there is something to do although nobody writes. */
  boolean hasWork() {
    return !checked && inOrder.size() > 1;
  }

  /** What is to be written with the next sync so that the oldest segment can go; may be nothing. */
  List<Staged> slice() {
    checked = true;
    if (inOrder.size() < 2 || isHeld(oldest())) {
      return List.of();
    }
    long end = inOrder.get(1).header().baseOffset();
    SegmentUse use = state.use(oldest().header().baseOffset());
    List<Staged> slice = new ArrayList<>();
    for (LiveGroup group : state.groups().values()) {
      if (group.baseOffset() < end || use.toRestate().contains(group.creation().groupId())) {
        use.toRestate().remove(group.creation().groupId());
        slice.add(Staged.State.of(group.state()));
        if (slice.size() == GROUPS_PER_SLICE) {
          break;
        }
      }
    }
    if (slice.isEmpty() && use.hasNodeFacts()) {
      use.factsRestated();
      slice.addAll(state.facts().restated());
    }
    if (slice.isEmpty() && state.purged().firstSequence() <= oldest().header().sequence()) {
      slice.add(Staged.State.of(new Purged(inOrder.get(1).header().sequence(), end)));
    }
    checked = false;
    return slice;
  }

  /** Everything written so far is durable: deletes the oldest segment if it is not needed. */
  void afterSync() throws IOException {
    if (inOrder.size() < 2 || state.purged().firstSequence() <= oldest().header().sequence()) {
      return;
    }
    Segment gone = inOrder.remove(0);
    segments.remove(gone);
    state.forgetSegment(gone.header().baseOffset());
    segments.files().delete(gone.file());
    segments.files().syncDirectory(segments.directory());
    checked = false;
  }

  private Segment oldest() {
    return inOrder.get(0);
  }

  private boolean isHeld(Segment segment) {
    SegmentUse use = state.use(segment.header().baseOffset());
    while (!use.entries().isEmpty()) {
      Map.Entry<Integer, SegmentUse.Entries> next = use.entries().entrySet().iterator().next();
      int groupId = next.getKey();
      long maxIndex = next.getValue().maxIndex();
      if (isNeeded(groupId, next.getValue())) {
        return true;
      }
      use.entries().remove(groupId);
      LiveGroup group = state.groups().get(groupId);
      if (group != null && group.baseSpeaksOf(maxIndex)) {
        use.toRestate().add(groupId);
      }
    }
    return false;
  }

  private boolean isNeeded(int groupId, SegmentUse.Entries entries) {
    LiveGroup group = state.groups().get(groupId);
    return group != null && group.needs(entries.maxIndex(), inOrder.get(1).header().baseOffset());
  }

  private void askAboutHolders() {
    long bytes =
        inOrder.get(inOrder.size() - 1).header().baseOffset() - oldest().header().baseOffset();
    if (bytes < maxLogBytes) {
      return;
    }
    timesAsked = askedSequence == oldest().header().sequence() ? timesAsked + 1 : 0;
    askedSequence = oldest().header().sequence();
    state
        .use(oldest().header().baseOffset())
        .entries()
        .forEach(
            (groupId, entries) -> {
              if (isNeeded(groupId, entries)) {
                ask(groupId);
              }
            });
  }

  private void ask(int groupId) {
    long tailBytes = state.entryBytes(groupId);
    boolean small = tailBytes <= SMALL_TAIL_BYTES;
    if ((small || timesAsked > 0) && tailBytes <= creditBytes) {
      creditBytes -= tailBytes;
      onHeldBack.accept(new HeldBack(groupId, tailBytes, Remedy.REWRITE));
    } else if (!small) {
      onHeldBack.accept(new HeldBack(groupId, tailBytes, Remedy.SNAPSHOT));
    }
  }
}
