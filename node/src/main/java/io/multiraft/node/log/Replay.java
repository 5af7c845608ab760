package io.multiraft.node.log;

import io.multiraft.node.log.MetaRecord.GroupCreated;
import io.multiraft.node.log.MetaRecord.GroupRemoved;
import io.multiraft.node.log.MetaRecord.MemberRemoved;
import io.multiraft.node.log.MetaRecord.OwnerChanged;
import io.multiraft.node.log.MetaRecord.PeerSeen;
import io.multiraft.node.raft.HardState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.IntFunction;

/** Rebuilds what the log says, block by block from its start, and refuses what cannot be. */
final class Replay {
  private final IntFunction<GroupLog> newGroupLog;
  private final SortedMap<Integer, Live> groups = new TreeMap<>();
  private final SortedMap<Integer, GroupRemoved> removedGroups = new TreeMap<>();
  private final SortedMap<Integer, MemberRemoved> removedMembers = new TreeMap<>();
  private final Map<UUID, PeerSeen> peers = new HashMap<>();
  private int highestGroupIdSeen = Recovered.NO_GROUP;

  private record Live(GroupCreated creation, String ownerUid, GroupLog log) {}

  Replay(IntFunction<GroupLog> newGroupLog) {
    this.newGroupLog = newGroupLog;
  }

  /** Applies the blocks between two offsets of the log, all of which must be whole and right. */
  void blocks(BlockReader reader, long from, long to) throws IOException {
    long at = from;
    while (at < to) {
      BlockHeader header = reader.header(at);
      if (header == null || header.endOffset() > to) {
        throw reader.segment().damaged(at, "no block where one must be");
      }
      if (!reader.bodyIsRight(header)) {
        throw reader.segment().damaged(at, "wrong checksum of a block");
      }
      records(reader, header);
      at = header.endOffset();
    }
  }

  /** What was found, once all blocks are applied. */
  Recovered recovered() {
    List<Recovered.Group> found = new ArrayList<>(groups.size());
    groups
        .values()
        .forEach(
            live ->
                found.add(
                    new Recovered.Group(
                        live.creation(),
                        live.ownerUid(),
                        live.log().hardState(),
                        live.log().snapshot(),
                        live.log())));
    return new Recovered(
        List.copyOf(found),
        Collections.unmodifiableSortedMap(removedGroups),
        Collections.unmodifiableSortedMap(removedMembers),
        Map.copyOf(peers),
        highestGroupIdSeen);
  }

  private void records(BlockReader reader, BlockHeader block) throws IOException {
    long at = block.logOffset() + BlockHeader.BYTES;
    while (at < block.endOffset()) {
      long left = block.endOffset() - at;
      try {
        at += record(reader, at, left);
      } catch (IllegalArgumentException e) {
        throw reader.segment().damaged(at, e.getMessage());
      }
    }
  }

  /** Applies the record at an offset of the log and returns its length in bytes. */
  private long record(BlockReader reader, long at, long left) throws IOException {
    ByteBuffer in = reader.at(at, (int) Math.min(left, RecordCodec.ENTRY_HEADER_BYTES));
    int start = in.position();
    byte type = in.get(start);
    if (type == RecordCodec.PADDING && left < BlockHeader.ALIGNMENT) {
      return left;
    }
    if (left < RecordCodec.PREFIX_BYTES) {
      throw new IllegalArgumentException("record where only " + left + " bytes are");
    }
    long length = RecordCodec.PREFIX_BYTES + (long) in.getInt(start + 4);
    if (length < RecordCodec.PREFIX_BYTES || length > left) {
      throw new IllegalArgumentException("record of " + length + " bytes where " + left + " are");
    }
    switch (type) {
      case RecordCodec.ENTRY -> entry(in, at, length);
      case RecordCodec.HARD_STATE -> hardState(in, length);
      default -> meta(reader, at, type, length);
    }
    return length;
  }

  private void entry(ByteBuffer in, long at, long length) {
    if (length < RecordCodec.ENTRY_HEADER_BYTES) {
      throw new IllegalArgumentException("entry of " + length + " bytes");
    }
    RecordCodec.EntryHeader entry = RecordCodec.entryHeader(in);
    Live group = live(entry.groupId());
    if (group != null) {
      group.log().replayEntry(entry.index(), entry.term(), at);
    }
  }

  private void hardState(ByteBuffer in, long length) {
    if (length != RecordCodec.HARD_STATE_BYTES) {
      throw new IllegalArgumentException("hard state of " + length + " bytes");
    }
    int start = in.position();
    Live group = live(in.getInt(start + 8));
    if (group != null) {
      group
          .log()
          .replayHardState(
              new HardState(in.getLong(start + 16), in.getInt(start + 12), in.getLong(start + 24)));
    }
  }

  private void meta(BlockReader reader, long at, byte type, long length) throws IOException {
    if (length > MetaCodec.MAX_BYTES) {
      throw new IllegalArgumentException("record of " + length + " bytes");
    }
    byte[] content = new byte[(int) length - RecordCodec.PREFIX_BYTES];
    reader.read(at + RecordCodec.PREFIX_BYTES, content);
    ByteBuffer in = RecordCodec.littleEndian(content);
    if (StateCodec.isState(type)) {
      apply(StateCodec.decode(type, in));
    } else {
      apply(MetaCodec.decode(type, in));
    }
  }

  private void apply(StateRecord state) {
    Compaction compaction = (Compaction) state;
    Live group = live(compaction.groupId());
    if (group != null) {
      group.log().replay(compaction);
    }
  }

  private void apply(MetaRecord meta) {
    if (meta instanceof GroupCreated created) {
      create(created);
    } else if (meta instanceof GroupRemoved removed) {
      seen(removed.groupId());
      forget(removed.groupId());
      removedMembers.remove(removed.groupId());
      removedGroups.put(removed.groupId(), removed);
    } else if (meta instanceof MemberRemoved removed) {
      seen(removed.groupId());
      forget(removed.groupId());
      removedMembers.merge(
          removed.groupId(),
          removed,
          (old, next) -> old.highestServerId() > next.highestServerId() ? old : next);
    } else if (meta instanceof PeerSeen peer) {
      peers.merge(
          peer.incarnation(),
          peer,
          (old, next) -> old.bootNumber() > next.bootNumber() ? old : next);
    } else if (meta instanceof OwnerChanged changed) {
      Live group = live(changed.groupId());
      if (group != null) {
        groups.put(changed.groupId(), new Live(group.creation(), changed.uid(), group.log()));
      }
    }
  }

  private void create(GroupCreated created) {
    seen(created.groupId());
    if (removedGroups.containsKey(created.groupId())) {
      return;
    }
    if (groups.containsKey(created.groupId())) {
      throw new IllegalArgumentException("group " + created.groupId() + " is made a second time");
    }
    removedMembers.remove(created.groupId());
    groups.put(
        created.groupId(), new Live(created, created.uid(), newGroupLog.apply(created.groupId())));
  }

  /** The group if it lives here, null if it was removed; late records of removed ones are void. */
  private Live live(int groupId) {
    Live group = groups.get(groupId);
    if (group == null
        && !removedGroups.containsKey(groupId)
        && !removedMembers.containsKey(groupId)) {
      throw new IllegalArgumentException("record of group " + groupId + ", which was never made");
    }
    return group;
  }

  private void forget(int groupId) {
    Live group = groups.remove(groupId);
    if (group != null) {
      group.log().close();
    }
  }

  private void seen(int groupId) {
    highestGroupIdSeen = Math.max(highestGroupIdSeen, groupId);
  }
}
