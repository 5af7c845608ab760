package io.multiraft.node.log;

import io.multiraft.node.log.MetaRecord.GroupCreated;
import io.multiraft.node.log.MetaRecord.GroupFailed;
import io.multiraft.node.log.MetaRecord.GroupRemoved;
import io.multiraft.node.log.MetaRecord.MemberRemoved;
import io.multiraft.node.log.StateRecord.Compaction;
import io.multiraft.node.log.StateRecord.GroupState;
import io.multiraft.node.log.StateRecord.TailRewritten;
import io.multiraft.node.raft.HardState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Rebuilds what the log says, block by block from its start. Of a group whose beginning is not
 * known, because old segments are gone or something is damaged, it keeps what may be the end of its
 * entries; a later record that tells all the rest makes it whole again. What is not whole at the
 * end has failed.
 */
final class Replay {
  /** What is known of a group so far; whole if all of it is. */
  private static final class Known {
    private final GroupLog log;
    private Optional<GroupCreated> creation = Optional.empty();
    private String ownerUid = "";
    private boolean whole;
    private LogDamagedException damage;

    Known(GroupLog log) {
      this.log = log;
    }
  }

  private final IntFunction<GroupLog> newGroupLog;
  private final LiveState state = new LiveState();
  private final Map<Integer, Known> groups = new TreeMap<>();

  Replay(IntFunction<GroupLog> newGroupLog) {
    this.newGroupLog = newGroupLog;
  }

  LiveState state() {
    return state;
  }

  /**
   * Applies the blocks between two offsets of the log. What is between two right blocks is handed
   * to {@code onHole} before the second one is applied.
   *
   * @return where the last right block ends
   */
  long blocks(BlockReader reader, long from, long to, Consumer<Hole> onHole) throws IOException {
    state.segment(reader.segment().header().baseOffset());
    long at = from;
    while (at < to) {
      BlockHeader header = reader.header(at);
      if (header == null || header.endOffset() > to || !reader.bodyIsRight(header)) {
        long next = reader.nextRightBlock(at, to);
        onHole.accept(Hole.of(reader.segment(), at, next, "no right block where one must be"));
        at = next;
      } else {
        apply(reader, header);
        at = header.endOffset();
      }
    }
    return at;
  }

  private void apply(BlockReader reader, BlockHeader block) throws IOException {
    RecordWalk.forEach(
        reader,
        block,
        (type, in, length, at) -> {
          switch (type) {
            case RecordCodec.ENTRY -> entry(reader, in, length, at);
            case RecordCodec.HARD_STATE -> hardState(reader, in, length, at);
            default -> other(reader, type, length, at, block.logOffset());
          }
        });
  }

  /** Something is not there any more: what these groups are is not known from here on. */
  void damaged(Iterable<Integer> groupIds, LogDamagedException damage) {
    for (int groupId : groupIds) {
      if (!state.facts().removedGroups().contains(groupId)) {
        doubt(groupId, damage);
      }
    }
  }

  /** What was removed may not be known any more: nothing up to this id may be made again. */
  void removalsLost(int highestGroupId) {
    GroupIdSet unknown = new GroupIdSet();
    if (highestGroupId >= 0) {
      unknown.addRange(0, highestGroupId);
    }
    groups.keySet().forEach(unknown::remove);
    state.facts().removedMembers().keySet().forEach(unknown::remove);
    state.facts().failedGroups().keySet().forEach(unknown::remove);
    state.facts().removed(new StateRecord.RemovedIds(highestGroupId, unknown));
  }

  /** What is not whole now will never be. Returns what failed and was not known to. */
  List<GroupFailed> fail() {
    List<GroupFailed> failed = new ArrayList<>();
    groups
        .values()
        .removeIf(
            known -> {
              if (!known.whole) {
                failed.add(failure(known));
                known.log.close();
              }
              return !known.whole;
            });
    return failed;
  }

  private static GroupFailed failure(Known known) {
    String why =
        known.damage == null
            ? "damaged log: it does not tell how this group began"
            : known.damage.getMessage();
    return new GroupFailed(known.log.groupId(), known.creation, known.ownerUid, why);
  }

  /** What was found, once all blocks are applied and {@link #fail} was called. */
  Recovered recovered() {
    List<Recovered.Group> found = new ArrayList<>(groups.size());
    groups
        .values()
        .forEach(
            known ->
                found.add(
                    new Recovered.Group(
                        known.creation.orElseThrow(),
                        known.ownerUid,
                        known.log.hardState(),
                        known.log.snapshot(),
                        known.log)));
    NodeFacts facts = state.facts();
    return new Recovered(
        List.copyOf(found),
        GroupIdSet.copyOf(facts.removedGroups()),
        Collections.unmodifiableSortedMap(new TreeMap<>(facts.removedMembers())),
        Collections.unmodifiableSortedMap(new TreeMap<>(facts.failedGroups())),
        Map.copyOf(facts.peers()),
        facts.highestGroupIdSeen());
  }

  private void entry(BlockReader reader, ByteBuffer in, long length, long at) {
    if (length < RecordCodec.ENTRY_HEADER_BYTES) {
      throw new IllegalArgumentException("entry of " + length + " bytes");
    }
    RecordCodec.EntryHeader entry = RecordCodec.entryHeader(in);
    int groupId = entry.groupId();
    state.entries(groupId, entry.index(), length);
    change(
        groupId,
        reader,
        at,
        known -> {
          if (known.whole) {
            known.log.replayEntry(entry.index(), entry.term(), entry.type(), at);
          } else {
            known.log.replayFragment(entry.index(), entry.term(), entry.type(), at);
          }
        });
  }

  private void hardState(BlockReader reader, ByteBuffer in, long length, long at) {
    if (length != RecordCodec.HARD_STATE_BYTES) {
      throw new IllegalArgumentException("hard state of " + length + " bytes");
    }
    int start = in.position();
    int groupId = in.getInt(start + 8);
    HardState hardState =
        new HardState(in.getLong(start + 16), in.getInt(start + 12), in.getLong(start + 24));
    state.hardState(new Staged.Hard(groupId, hardState));
    change(
        groupId,
        reader,
        at,
        known -> {
          if (known.whole) {
            known.log.replayHardState(hardState);
          }
        });
  }

  private void other(BlockReader reader, byte type, long length, long at, long blockOffset)
      throws IOException {
    ByteBuffer content = RecordWalk.content(reader, at, length);
    if (StateCodec.isState(type)) {
      StateRecord record = StateCodec.decode(type, content);
      apply(record, reader, at);
      state.state(record, blockOffset);
    } else {
      MetaRecord record = MetaCodec.decode(type, content);
      apply(record, reader, at);
      state.meta(record, blockOffset);
    }
  }

  private void apply(StateRecord record, BlockReader reader, long at) {
    if (record instanceof Compaction compaction) {
      change(
          compaction.groupId(),
          reader,
          at,
          known -> {
            if (known.whole) {
              known.log.replay(compaction);
            } else {
              known.log.replayFragmentStart(
                  compaction.firstIndex(), compaction.previousTerm(), compaction.replacesLog());
            }
          });
    } else if (record instanceof TailRewritten tail) {
      change(
          tail.groupId(),
          reader,
          at,
          known -> {
            if (known.whole) {
              known.log.replay(tail);
            } else {
              known.log.replayFragmentStart(tail.firstIndex(), tail.previousTerm(), true);
            }
          });
    } else if (record instanceof GroupState group) {
      change(group.groupId(), reader, at, known -> adopt(known, group));
    }
  }

  private static void adopt(Known known, GroupState group) {
    if (known.whole) {
      if (!known.log.is(group)) {
        throw new IllegalArgumentException(
            "group %d is not as its records say".formatted(group.groupId()));
      }
    } else if (known.log.adopt(group)) {
      known.whole = true;
      known.damage = null;
    }
    known.creation = Optional.of(group.creation());
    known.ownerUid = group.ownerUid();
  }

  private void apply(MetaRecord meta, BlockReader reader, long at) {
    if (meta instanceof GroupCreated created) {
      create(created, reader, at);
    } else if (meta instanceof GroupRemoved removed) {
      forget(removed.groupId());
    } else if (meta instanceof MemberRemoved removed) {
      forget(removed.groupId());
    } else if (meta instanceof GroupFailed failed) {
      forget(failed.groupId());
    } else if (meta instanceof MetaRecord.OwnerChanged changed) {
      change(changed.groupId(), reader, at, known -> known.ownerUid = changed.uid());
    }
  }

  private void create(GroupCreated created, BlockReader reader, long at) {
    int groupId = created.groupId();
    if (state.facts().removedGroups().contains(groupId)) {
      return;
    }
    Known before = groups.get(groupId);
    if (before != null && before.whole) {
      doubt(groupId, reader.segment().damaged(at, "group " + groupId + " is made a second time"));
      return;
    }
    forget(groupId);
    Known known = new Known(newGroupLog.apply(groupId));
    known.creation = Optional.of(created);
    known.ownerUid = created.uid();
    known.whole = true;
    groups.put(groupId, known);
  }

  /** Changes a group unless it is gone; if that makes no sense, the group is in doubt. */
  private void change(int groupId, BlockReader reader, long at, Consumer<Known> change) {
    if (state.facts().isGone(groupId)) {
      return;
    }
    Known known = groups.computeIfAbsent(groupId, id -> new Known(newGroupLog.apply(id)));
    try {
      change.accept(known);
    } catch (IllegalArgumentException e) {
      doubt(groupId, reader.segment().damaged(at, e.getMessage()));
    }
  }

  private void doubt(int groupId, LogDamagedException damage) {
    Known before = groups.get(groupId);
    Known after = new Known(newGroupLog.apply(groupId));
    after.damage = damage;
    if (before != null) {
      after.creation = before.creation;
      after.ownerUid = before.ownerUid;
      after.damage = before.damage == null ? damage : before.damage;
      before.log.close();
    }
    groups.put(groupId, after);
    state.groups().remove(groupId);
  }

  private void forget(int groupId) {
    Known known = groups.remove(groupId);
    if (known != null) {
      known.log.close();
    }
  }
}
