package io.multiraft.node.log;

import io.multiraft.node.log.MetaRecord.GroupCreated;
import io.multiraft.node.log.MetaRecord.GroupFailed;
import io.multiraft.node.log.MetaRecord.GroupRemoved;
import io.multiraft.node.log.MetaRecord.MemberRemoved;
import io.multiraft.node.log.MetaRecord.OwnerChanged;
import io.multiraft.node.log.MetaRecord.PeerSeen;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/** The bytes of {@link MetaRecord}s (docs/storage.md, "Records"). */
final class MetaCodec {
  static final byte GROUP_CREATED = 16;
  static final byte GROUP_REMOVED = 17;
  static final byte MEMBER_REMOVED = 18;
  static final byte PEER_SEEN = 19;
  static final byte OWNER_CHANGED = 20;
  static final byte GROUP_FAILED = 21;

  /** Longest record; far above what names and member lists need. */
  static final int MAX_BYTES = 1 << 20;

  private MetaCodec() {}

  /** The whole record, prefix included. */
  static byte[] encode(MetaRecord meta) {
    if (meta instanceof GroupCreated created) {
      byte[][] texts = {
        utf8(created.uid()),
        utf8(created.name()),
        utf8(created.namespace()),
        utf8(created.deletionPolicy()),
        utf8(created.mode()),
        created.members()
      };
      ByteBuffer out = record(GROUP_CREATED, 8 + blobs(texts));
      out.putInt(created.groupId()).putInt(created.selfServerId());
      return put(out, texts);
    }
    if (meta instanceof GroupRemoved removed) {
      byte[] uid = utf8(removed.uid());
      return put(record(GROUP_REMOVED, 4 + blobs(uid)).putInt(removed.groupId()), uid);
    }
    if (meta instanceof MemberRemoved removed) {
      byte[] uid = utf8(removed.uid());
      ByteBuffer out = record(MEMBER_REMOVED, 8 + blobs(uid));
      return put(out.putInt(removed.groupId()).putInt(removed.highestServerId()), uid);
    }
    if (meta instanceof PeerSeen seen) {
      ByteBuffer out = record(PEER_SEEN, 28).putInt(seen.nodeId());
      out.putLong(seen.incarnation().getMostSignificantBits());
      out.putLong(seen.incarnation().getLeastSignificantBits());
      return out.putLong(seen.bootNumber()).array();
    }
    if (meta instanceof GroupFailed failed) {
      byte[][] texts = {
        utf8(failed.ownerUid()),
        utf8(failed.why()),
        failed.creation().map(MetaCodec::encode).orElse(new byte[0])
      };
      return put(record(GROUP_FAILED, 4 + blobs(texts)).putInt(failed.groupId()), texts);
    }
    OwnerChanged changed = (OwnerChanged) meta;
    byte[] uid = utf8(changed.uid());
    return put(record(OWNER_CHANGED, 4 + blobs(uid)).putInt(changed.groupId()), uid);
  }

  /**
   * Reads a record's content, which follows its prefix and ends with the buffer.
   *
   * @throws IllegalArgumentException if the bytes are not such a record
   */
  static MetaRecord decode(byte type, ByteBuffer in) {
    MetaRecord meta =
        switch (type) {
          case GROUP_CREATED -> {
            int groupId = number(in);
            int selfServerId = number(in);
            // Namespaces, policies and modes are the same for many groups: kept once.
            yield new GroupCreated(
                groupId,
                text(in),
                text(in),
                text(in).intern(),
                text(in).intern(),
                text(in).intern(),
                selfServerId,
                blob(in));
          }
          case GROUP_REMOVED -> new GroupRemoved(number(in), text(in));
          case MEMBER_REMOVED -> {
            int groupId = number(in);
            int highestServerId = number(in);
            yield new MemberRemoved(groupId, text(in), highestServerId);
          }
          case PEER_SEEN -> {
            require(in, 28);
            int nodeId = in.getInt();
            UUID incarnation = new UUID(in.getLong(), in.getLong());
            yield new PeerSeen(nodeId, incarnation, in.getLong());
          }
          case GROUP_FAILED -> {
            int groupId = number(in);
            String ownerUid = text(in);
            String why = text(in);
            yield new GroupFailed(groupId, creation(blob(in)), ownerUid, why);
          }
          case OWNER_CHANGED -> new OwnerChanged(number(in), text(in));
          default ->
              throw new IllegalArgumentException(
                  "record type " + (type & 0xff) + " is unknown to this version");
        };
    if (in.hasRemaining()) {
      throw new IllegalArgumentException(in.remaining() + " bytes too many in a record");
    }
    return meta;
  }

  private static Optional<GroupCreated> creation(byte[] record) {
    if (record.length == 0) {
      return Optional.empty();
    }
    ByteBuffer in = RecordCodec.littleEndian(record);
    require(in, RecordCodec.PREFIX_BYTES);
    if (in.get(0) != GROUP_CREATED) {
      throw new IllegalArgumentException("no creation of a group where one must be");
    }
    return Optional.of((GroupCreated) decode(GROUP_CREATED, in.position(RecordCodec.PREFIX_BYTES)));
  }

  private static ByteBuffer record(byte type, int length) {
    if (length > MAX_BYTES - RecordCodec.PREFIX_BYTES) {
      throw new IllegalArgumentException("record of " + length + " bytes, at most " + MAX_BYTES);
    }
    ByteBuffer out = ByteBuffer.allocate(RecordCodec.PREFIX_BYTES + length);
    RecordCodec.putPrefix(out.order(ByteOrder.LITTLE_ENDIAN), type, length);
    return out;
  }

  private static int blobs(byte[]... blobs) {
    int bytes = 0;
    for (byte[] blob : blobs) {
      bytes = Math.addExact(bytes, 4 + blob.length);
    }
    return bytes;
  }

  private static byte[] put(ByteBuffer out, byte[]... blobs) {
    for (byte[] blob : blobs) {
      out.putInt(blob.length).put(blob);
    }
    return out.array();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static int number(ByteBuffer in) {
    require(in, 4);
    return in.getInt();
  }

  private static String text(ByteBuffer in) {
    return new String(blob(in), StandardCharsets.UTF_8);
  }

  private static byte[] blob(ByteBuffer in) {
    int length = number(in);
    if (length < 0) {
      throw new IllegalArgumentException("length " + length);
    }
    require(in, length);
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static void require(ByteBuffer in, int bytes) {
    if (in.remaining() < bytes) {
      throw new IllegalArgumentException(
          "record cut short: " + bytes + " bytes wanted, " + in.remaining() + " remain");
    }
  }
}
