package io.multiraft.node.log;

import io.multiraft.node.log.MetaRecord.GroupCreated;
import io.multiraft.node.log.StateRecord.Chapter;
import io.multiraft.node.log.StateRecord.Compaction;
import io.multiraft.node.log.StateRecord.GroupState;
import io.multiraft.node.log.StateRecord.Purged;
import io.multiraft.node.log.StateRecord.RemovedIds;
import io.multiraft.node.log.StateRecord.TailRewritten;
import io.multiraft.node.raft.ConfigCodec;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.SnapshotMeta;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The bytes of {@link StateRecord}s (docs/storage.md, "Records"). */
final class StateCodec {
  static final byte COMPACTION = 32;
  static final byte TAIL_REWRITTEN = 33;
  static final byte GROUP_STATE = 34;
  static final byte CHAPTER = 35;
  static final byte PURGED = 36;
  static final byte REMOVED_IDS = 37;

  private static final int REPLACES_LOG = 0x01;
  private static final int HAS_SNAPSHOT = 0x01;
  private static final int NODE_FACTS = 0x01;
  private static final int META_BYTES = 8 + 8 + 4;

  private StateCodec() {}

  static boolean isState(byte type) {
    return type >= COMPACTION && type <= REMOVED_IDS;
  }

  /** The whole record, prefix included. */
  static byte[] encode(StateRecord record) {
    if (record instanceof Compaction compaction) {
      byte[] config = ConfigCodec.encode(compaction.newest().config());
      ByteBuffer out = record(COMPACTION, 4 + 4 + 8 + 8 + META_BYTES + config.length);
      out.putInt(compaction.groupId()).putInt(compaction.replacesLog() ? REPLACES_LOG : 0);
      out.putLong(compaction.firstIndex()).putLong(compaction.previousTerm());
      return putMeta(out, compaction.newest(), config).array();
    }
    if (record instanceof TailRewritten tail) {
      ByteBuffer out = record(TAIL_REWRITTEN, 4 + 4 + 8 + 8).putInt(tail.groupId()).putInt(0);
      return out.putLong(tail.firstIndex()).putLong(tail.previousTerm()).array();
    }
    if (record instanceof GroupState state) {
      return encode(state);
    }
    if (record instanceof Chapter chapter) {
      ByteBuffer out = record(CHAPTER, 8 + 4 + 4 + 4 + 4 * chapter.groupIds().length);
      out.putLong(chapter.fromOffset()).putInt(chapter.nodeFacts() ? NODE_FACTS : 0);
      out.putInt(chapter.highestGroupIdSeen()).putInt(chapter.groupIds().length);
      for (int groupId : chapter.groupIds()) {
        out.putInt(groupId);
      }
      return out.array();
    }
    if (record instanceof Purged purged) {
      ByteBuffer out = record(PURGED, 8 + 8).putLong(purged.firstSequence());
      return out.putLong(purged.firstOffset()).array();
    }
    RemovedIds removed = (RemovedIds) record;
    ByteBuffer out = record(REMOVED_IDS, 4 + removed.ids().encodedBytes());
    removed.ids().encode(out.putInt(removed.highestGroupIdSeen()));
    return out.array();
  }

  private static byte[] encode(GroupState state) {
    byte[] creation = MetaCodec.encode(state.creation());
    byte[] owner = state.ownerUid().getBytes(StandardCharsets.UTF_8);
    byte[] config =
        state.snapshot().map(SnapshotMeta::config).map(ConfigCodec::encode).orElse(new byte[0]);
    int meta = state.snapshot().isPresent() ? META_BYTES + config.length : 0;
    ByteBuffer out =
        record(
            GROUP_STATE, 4 + 4 + 8 + 8 + 8 + 8 + 8 + 4 + creation.length + 4 + owner.length + meta);
    HardState hard = state.hardState();
    out.putInt(state.snapshot().isPresent() ? HAS_SNAPSHOT : 0).putInt(hard.votedFor());
    out.putLong(hard.term()).putLong(hard.commitIndex());
    out.putLong(state.firstIndex()).putLong(state.previousTerm()).putLong(state.lastIndex());
    out.putInt(creation.length).put(creation).putInt(owner.length).put(owner);
    state.snapshot().ifPresent(snapshot -> putMeta(out, snapshot, config));
    return out.array();
  }

  /**
   * Reads a record's content, which follows its prefix and ends with the buffer.
   *
   * @throws IllegalArgumentException if the bytes are not such a record
   */
  static StateRecord decode(byte type, ByteBuffer in) {
    StateRecord record =
        switch (type) {
          case COMPACTION -> {
            require(in, 4 + 4 + 8 + 8);
            int groupId = in.getInt();
            boolean replacesLog = flag(in, REPLACES_LOG);
            yield new Compaction(groupId, replacesLog, in.getLong(), in.getLong(), meta(in));
          }
          case TAIL_REWRITTEN -> {
            require(in, 4 + 4 + 8 + 8);
            int groupId = in.getInt();
            flag(in, 0);
            yield new TailRewritten(groupId, in.getLong(), in.getLong());
          }
          case GROUP_STATE -> groupState(in);
          case CHAPTER -> chapter(in);
          case PURGED -> {
            require(in, 8 + 8);
            yield new Purged(in.getLong(), in.getLong());
          }
          case REMOVED_IDS -> {
            require(in, 4);
            yield new RemovedIds(in.getInt(), GroupIdSet.decode(in));
          }
          default ->
              throw new IllegalArgumentException("no state record has type " + (type & 0xff));
        };
    if (in.hasRemaining()) {
      throw new IllegalArgumentException(in.remaining() + " bytes too many in a record");
    }
    return record;
  }

  private static GroupState groupState(ByteBuffer in) {
    require(in, 4 + 4 + 8 + 8 + 8 + 8 + 8);
    boolean hasSnapshot = flag(in, HAS_SNAPSHOT);
    int votedFor = in.getInt();
    HardState hardState = new HardState(in.getLong(), votedFor, in.getLong());
    long firstIndex = in.getLong();
    long previousTerm = in.getLong();
    long lastIndex = in.getLong();
    ByteBuffer creation = blob(in);
    if (creation.remaining() < RecordCodec.PREFIX_BYTES
        || creation.get(0) != MetaCodec.GROUP_CREATED) {
      throw new IllegalArgumentException("a group's state does not say how it was made");
    }
    creation.position(RecordCodec.PREFIX_BYTES);
    GroupCreated created = (GroupCreated) MetaCodec.decode(MetaCodec.GROUP_CREATED, creation);
    String owner = StandardCharsets.UTF_8.decode(blob(in)).toString();
    if (firstIndex < 1 || lastIndex < firstIndex - 1) {
      throw new IllegalArgumentException("entries from " + firstIndex + " to " + lastIndex);
    }
    return new GroupState(
        created,
        owner,
        hardState,
        firstIndex,
        previousTerm,
        lastIndex,
        hasSnapshot ? Optional.of(meta(in)) : Optional.empty());
  }

  private static Chapter chapter(ByteBuffer in) {
    require(in, 8 + 4 + 4 + 4);
    long fromOffset = in.getLong();
    boolean nodeFacts = flag(in, NODE_FACTS);
    int highestGroupIdSeen = in.getInt();
    int count = in.getInt();
    if (count < 0 || count > in.remaining() / 4) {
      throw new IllegalArgumentException("chapter of " + count + " groups");
    }
    int[] groupIds = new int[count];
    for (int i = 0; i < count; i++) {
      groupIds[i] = in.getInt();
    }
    return new Chapter(fromOffset, nodeFacts, highestGroupIdSeen, groupIds);
  }

  private static ByteBuffer putMeta(ByteBuffer out, SnapshotMeta meta, byte[] config) {
    return out.putLong(meta.index()).putLong(meta.term()).putInt(config.length).put(config);
  }

  private static SnapshotMeta meta(ByteBuffer in) {
    require(in, META_BYTES);
    long index = in.getLong();
    long term = in.getLong();
    ByteBuffer config = blob(in);
    SnapshotMeta meta = new SnapshotMeta(index, term, ConfigCodec.decodeConfig(config));
    if (config.hasRemaining()) {
      throw new IllegalArgumentException(config.remaining() + " bytes too many in a configuration");
    }
    return meta;
  }

  private static ByteBuffer blob(ByteBuffer in) {
    require(in, 4);
    int length = in.getInt();
    if (length < 0) {
      throw new IllegalArgumentException("length " + length);
    }
    require(in, length);
    ByteBuffer blob = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + length);
    return blob;
  }

  private static boolean flag(ByteBuffer in, int known) {
    int flags = in.getInt();
    if ((flags & ~known) != 0) {
      throw new IllegalArgumentException("flags %x are unknown to this version".formatted(flags));
    }
    return flags != 0;
  }

  private static ByteBuffer record(byte type, int length) {
    ByteBuffer out = ByteBuffer.allocate(RecordCodec.PREFIX_BYTES + length);
    RecordCodec.putPrefix(out.order(ByteOrder.LITTLE_ENDIAN), type, length);
    return out;
  }

  static void require(ByteBuffer in, int bytes) {
    if (in.remaining() < bytes) {
      throw new IllegalArgumentException(
          "record cut short: " + bytes + " bytes wanted, " + in.remaining() + " remain");
    }
  }
}
