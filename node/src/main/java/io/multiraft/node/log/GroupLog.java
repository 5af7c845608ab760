package io.multiraft.node.log;

import io.multiraft.node.log.StateRecord.Compaction;
import io.multiraft.node.log.StateRecord.GroupState;
import io.multiraft.node.log.StateRecord.TailRewritten;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.RaftLog;
import io.multiraft.node.raft.SnapshotMeta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One group's part of the node's log. Owned by the thread that drives the group's core, which is
 * also the executor of every {@link Batch} that takes what was staged here. What was appended is
 * readable at once, from memory until it is durable.
 */
public final class GroupLog implements RaftLog {
  private static final long[] NONE = {};
  private static final int MIN_POSITIONS = 8;

  private final int groupId;
  private final Segments segments;
  private final EntryCache cache;
  private final TermRuns terms = new TermRuns();
  private final IndexList configs = new IndexList();
  private final List<Staged> staged = new ArrayList<>(0);

  /**
   * From {@link #firstIndex} on: where the record is in the log, or the complement of its stamp
   * until that is known.
   */
  private long[] positions = NONE;

  private long firstIndex = 1;
  private long previousTerm;
  private long lastIndex;
  private SnapshotMeta snapshot;
  private long nextStamp;
  private volatile long readsFromOffset;
  private HardState hardState = HardState.INITIAL;
  private boolean hardStateStaged;

  GroupLog(int groupId, Segments segments, EntryCache cache) {
    this.groupId = groupId;
    this.segments = segments;
    this.cache = cache;
  }

  /** The group. */
  public int groupId() {
    return groupId;
  }

  /** The last hard state that was staged or recovered. */
  public HardState hardState() {
    return hardState;
  }

  /**
   * Stages the hard state for the next batch; a later one before that batch takes its place.
   *
   * @throws IllegalStateException if term or commit index fall, or a vote changes within its term
   */
  public void stage(HardState next) {
    boolean voteKept =
        next.term() > hardState.term()
            || hardState.votedFor() == HardState.NO_VOTE
            || next.votedFor() == hardState.votedFor();
    if (next.term() < hardState.term()
        || next.commitIndex() < hardState.commitIndex()
        || !voteKept) {
      throw new IllegalStateException(
          "group %d: hard state must not go from %s to %s".formatted(groupId, hardState, next));
    }
    hardState = next;
    hardStateStaged = true;
  }

  /** The newest snapshot that the log knows to be durable. */
  public Optional<SnapshotMeta> snapshot() {
    return Optional.ofNullable(snapshot);
  }

  /**
   * Forgets the entries before {@code keepFromIndex}, and stages that. To be called once the file
   * of the snapshot that stands for them is durable.
   *
   * @param keepFromIndex the first entry kept; at most one behind the snapshot's last, and better
   *     less, for followers that are slow
   * @param newest the newest durable snapshot
   */
  public void compact(long keepFromIndex, SnapshotMeta newest) {
    long snapshotIndex = snapshot == null ? 0 : snapshot.index();
    if (keepFromIndex < firstIndex
        || keepFromIndex > lastIndex + 1
        || keepFromIndex > newest.index() + 1
        || newest.index() < snapshotIndex) {
      throw new IllegalStateException(
          "group %d: entries %d to %d, snapshot to %d, cannot be kept from %d on with a snapshot to %d"
              .formatted(
                  groupId, firstIndex, lastIndex, snapshotIndex, keepFromIndex, newest.index()));
    }
    if (keepFromIndex == firstIndex && newest.index() == snapshotIndex) {
      return;
    }
    long termBefore = term(keepFromIndex - 1);
    staged.add(Staged.State.of(new Compaction(groupId, false, keepFromIndex, termBefore, newest)));
    snapshot = newest;
    forgetBefore(keepFromIndex, termBefore);
  }

  /**
   * Stages all entries that are kept once more, so that the segments that hold them now can go. To
   * be called when the log asks for it ({@link HeldBack}).
   */
  public void rewriteTail() {
    if (firstIndex > lastIndex) {
      return;
    }
    List<LogEntry> all = new ArrayList<>();
    while (firstIndex + all.size() <= lastIndex) {
      all.addAll(entries(firstIndex + all.size(), lastIndex, Long.MAX_VALUE, Integer.MAX_VALUE));
    }
    staged.add(Staged.State.of(new TailRewritten(groupId, firstIndex, previousTerm)));
    staged.add(new Staged.Entries(this, firstIndex, nextStamp, all, true));
    truncate(firstIndex);
    for (LogEntry entry : all) {
      push(entry.term(), entry.type(), ~nextStamp++);
      cache.append(lastIndex, entry);
    }
  }

  /** From where on in the log everything is that is read here. Any thread. */
  long readsFromOffset() {
    return readsFromOffset;
  }

  /** Whether something waits for a batch. */
  public boolean hasStaged() {
    return hardStateStaged || !staged.isEmpty();
  }

  @Override
  public long firstIndex() {
    return firstIndex;
  }

  @Override
  public long lastIndex() {
    return lastIndex;
  }

  @Override
  public long term(long index) {
    if (index == firstIndex - 1) {
      return previousTerm;
    }
    return index < firstIndex || index > lastIndex ? 0 : terms.term(index);
  }

  /**
   * {@inheritDoc}
   *
   * @throws LogDamagedException if an entry on disk is not what was written
   * @throws java.io.UncheckedIOException if a segment cannot be read
   */
  @Override
  public List<LogEntry> entries(long fromIndex, long toIndex, long maxBytes, int maxEntries) {
    if (fromIndex < firstIndex || toIndex > lastIndex || fromIndex > toIndex || maxEntries < 1) {
      throw new IllegalArgumentException(
          "entries %d to %d, at most %d, where there are %d to %d"
              .formatted(fromIndex, toIndex, maxEntries, firstIndex, lastIndex));
    }
    List<LogEntry> result = new ArrayList<>();
    long bytes = 0;
    try (EntryReader disk = new EntryReader(segments)) {
      for (long index = fromIndex; index <= toIndex && result.size() < maxEntries; index++) {
        LogEntry entry = cache.get(index);
        if (entry == null) {
          entry = disk.read(groupId, index, positions[slot(index)]);
        }
        bytes += entry.payload().length;
        if (bytes > maxBytes && !result.isEmpty()) {
          break;
        }
        result.add(entry);
      }
    }
    return result;
  }

  @Override
  public long[] configIndices(long fromIndex, long toIndex) {
    return configs.range(fromIndex, toIndex);
  }

  @Override
  public void append(long fromIndex, List<LogEntry> entries) {
    if (fromIndex <= hardState.commitIndex()
        || fromIndex < firstIndex
        || fromIndex > lastIndex + 1
        || entries.isEmpty()) {
      throw new IllegalStateException(
          "group %d: %d entries at %d, where the last is %d and %d are committed"
              .formatted(groupId, entries.size(), fromIndex, lastIndex, hardState.commitIndex()));
    }
    truncate(fromIndex);
    staged.add(new Staged.Entries(this, fromIndex, nextStamp, List.copyOf(entries), false));
    for (LogEntry entry : entries) {
      push(entry.term(), entry.type(), ~nextStamp++);
      cache.append(lastIndex, entry);
    }
  }

  @Override
  public void reset(SnapshotMeta newest) {
    if (snapshot != null && newest.index() < snapshot.index()) {
      throw new IllegalStateException(
          "group %d: a snapshot to %d must not take the place of one to %d"
              .formatted(groupId, newest.index(), snapshot.index()));
    }
    staged.add(
        Staged.State.of(new Compaction(groupId, true, newest.index() + 1, newest.term(), newest)));
    snapshot = newest;
    restart(newest.index() + 1, newest.term());
  }

  /** Gives the memory of a removed group back. Nothing may be read from it any more. */
  public void close() {
    cache.close();
  }

  void stageCreation(MetaRecord.GroupCreated creation) {
    staged.add(Staged.Meta.of(creation));
  }

  /** Hands over what is staged, the hard state behind the entries that it may speak of. */
  void moveStagedTo(List<Staged> batch) {
    batch.addAll(staged);
    staged.clear();
    if (hardStateStaged) {
      batch.add(new Staged.Hard(groupId, hardState));
      hardStateStaged = false;
    }
  }

  /** The entries are durable, the first of them at this offset of the log. */
  void placed(Staged.Entries batch, long logOffset) {
    long index = batch.firstIndex();
    long stamp = batch.firstStamp();
    long at = logOffset;
    for (LogEntry entry : batch.entries()) {
      if (index >= firstIndex) { // else compacted while it was being written
        if (index > lastIndex || positions[slot(index)] != ~stamp) {
          break; // cut, with everything behind it, while it was being written
        }
        positions[slot(index)] = at;
      }
      at += RecordCodec.entryBytes(entry);
      index++;
      stamp++;
    }
    if (index > batch.firstIndex()) { // else all of it was cut, or is on its way once more
      cache.durable(index - 1);
    }
    if (batch.wholeTail()) {
      readsFromOffset = logOffset;
    }
  }

  /** Recovery found this entry. */
  void replayEntry(long index, long term, byte type, long logOffset) {
    if (index < firstIndex || index > lastIndex + 1) {
      throw new IllegalArgumentException(
          "entry %d of group %d follows entry %d".formatted(index, groupId, lastIndex));
    }
    truncate(index);
    push(term, type, logOffset);
  }

  /** Recovery found this hard state. */
  void replayHardState(HardState state) {
    if (state.term() < hardState.term() || state.commitIndex() < hardState.commitIndex()) {
      throw new IllegalArgumentException(
          "hard state of group %d goes from %s to %s".formatted(groupId, hardState, state));
    }
    hardState = state;
  }

  /** Recovery found this compaction, or replacement of the log. */
  void replay(Compaction record) {
    long snapshotIndex = snapshot == null ? 0 : snapshot.index();
    boolean possible =
        record.newest().index() >= snapshotIndex
            && (record.replacesLog()
                || record.firstIndex() >= firstIndex
                    && record.firstIndex() <= lastIndex + 1
                    && record.previousTerm() == term(record.firstIndex() - 1));
    if (!possible) {
      throw new IllegalArgumentException(
          "group %d, entries %d to %d, snapshot to %d: cannot be compacted to %d of term %d, snapshot to %d"
              .formatted(
                  groupId,
                  firstIndex,
                  lastIndex,
                  snapshotIndex,
                  record.firstIndex(),
                  record.previousTerm(),
                  record.newest().index()));
    }
    snapshot = record.newest();
    if (record.replacesLog()) {
      restart(record.firstIndex(), record.previousTerm());
    } else {
      forgetBefore(record.firstIndex(), record.previousTerm());
    }
  }

  /** Recovery found that the tail is written again. */
  void replay(TailRewritten record) {
    if (record.firstIndex() != firstIndex || record.previousTerm() != previousTerm) {
      throw new IllegalArgumentException(
          "group %d begins at %d behind term %d, not at %d behind term %d"
              .formatted(
                  groupId, firstIndex, previousTerm, record.firstIndex(), record.previousTerm()));
    }
    truncate(firstIndex);
  }

  /** Whether the state that recovery found here is the one that it has come to. */
  boolean is(GroupState state) {
    return state.hardState().equals(hardState)
        && state.firstIndex() == firstIndex
        && state.previousTerm() == previousTerm
        && state.lastIndex() == lastIndex
        && state.snapshot().equals(snapshot());
  }

  /**
   * Recovery found an entry of which it does not know what came before: the entries known begin
   * here unless it follows on them.
   */
  void replayFragment(long index, long term, byte type, long logOffset) {
    if (index < firstIndex || index > lastIndex + 1) {
      restart(index, 0);
    }
    truncate(index);
    push(term, type, logOffset);
  }

  /** Entries before this one do not matter, and what is known begins here at the earliest. */
  void replayFragmentStart(long index, long termBefore, boolean entriesVoid) {
    if (entriesVoid) {
      restart(index, termBefore);
    } else if (index > firstIndex && index <= lastIndex + 1) {
      forgetBefore(index, termBefore);
    }
  }

  /** Takes a state over; false if not all of its entries are known. */
  boolean adopt(GroupState state) {
    boolean empty = state.lastIndex() == state.firstIndex() - 1;
    if (empty) {
      restart(state.firstIndex(), state.previousTerm());
    } else if (state.lastIndex() == lastIndex && state.firstIndex() >= firstIndex) {
      forgetBefore(state.firstIndex(), state.previousTerm());
    } else {
      return false;
    }
    hardState = state.hardState();
    snapshot = state.snapshot().orElse(null);
    return true;
  }

  private void forgetBefore(long keepFromIndex, long termBefore) {
    previousTerm = termBefore;
    if (keepFromIndex > firstIndex) {
      cache.compact(keepFromIndex);
      int kept = Math.toIntExact(lastIndex + 1 - keepFromIndex);
      int from = slot(keepFromIndex);
      positions = kept == 0 ? NONE : Arrays.copyOfRange(positions, from, from + kept);
      firstIndex = keepFromIndex;
      configs.compact(firstIndex);
      terms.compact(kept == 0 ? lastIndex + 1 : firstIndex);
    }
  }

  private void restart(long index, long termBefore) {
    cache.truncate(firstIndex);
    terms.truncate(firstIndex);
    configs.truncate(firstIndex);
    positions = NONE;
    firstIndex = index;
    previousTerm = termBefore;
    lastIndex = index - 1;
  }

  private void truncate(long index) {
    if (index <= lastIndex) {
      terms.truncate(index);
      configs.truncate(index);
      cache.truncate(index);
      lastIndex = index - 1;
    }
  }

  private void push(long term, byte type, long position) {
    lastIndex++;
    if (slot(lastIndex) == positions.length) {
      int room = Math.max(MIN_POSITIONS, positions.length + (positions.length >> 1));
      positions = Arrays.copyOf(positions, room);
    }
    positions[slot(lastIndex)] = position;
    terms.append(lastIndex, term);
    if (type == EntryType.CONF) {
      configs.append(lastIndex);
    }
  }

  private int slot(long index) {
    return Math.toIntExact(index - firstIndex);
  }
}
