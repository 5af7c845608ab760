package io.multiraft.node.wire;

import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.wire.FrameException.Reason;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Reads the fields of a frame whose bytes are all here and whose header and checksum have been
 * checked. Every length is compared with what remains of the body before memory is taken. One for
 * each decoder; {@link #begin} starts a frame.
 */
final class FrameParser {
  private static final byte[] NOTHING = {};
  private static final int FIRST_ENTRIES = 16;

  private final FrameLimits limits;
  private final CRC32 payloadCrc = new CRC32();
  private MessageType type;
  private ByteBuf in;
  private long frameNumber;
  private int start;
  private int end;

  FrameParser(FrameLimits limits) {
    this.limits = limits;
  }

  /** Takes the frame from the buffer's reader index up to {@code end}. */
  void begin(MessageType frameType, ByteBuf buffer, long number, int frameEnd) {
    type = frameType;
    in = buffer;
    frameNumber = number;
    start = buffer.readerIndex();
    end = frameEnd;
  }

  RequestFrame request() {
    in.skipBytes(2);
    int sourceId = in.readIntLE();
    int destinationId = in.readIntLE();
    long term = in.readLongLE();
    long lastLogTerm = in.readLongLE();
    long lastLogIndex = in.readLongLE();
    long commitIndex = in.readLongLE();
    in.skipBytes(2 * Integer.BYTES);
    int flags = in.readIntLE();
    int groupId = Flags.isExtended(flags) ? in.readIntLE() : 0;
    long requestId = Flags.hasRequestId(flags) ? in.readLongLE() : 0;
    // an empty body is not parsed, whatever the flags announce (section 2.4)
    flags = remaining() == 0 ? flags & ~Flags.INCLUDE_META : flags;
    byte[] meta = (flags & Flags.INCLUDE_META) != 0 ? meta() : null;
    return new RequestFrame(
        type,
        sourceId,
        destinationId,
        term,
        lastLogTerm,
        lastLogIndex,
        commitIndex,
        flags,
        groupId,
        requestId,
        meta,
        entries(flags));
  }

  ResponseFrame response() {
    in.skipBytes(2);
    int sourceId = in.readIntLE();
    int destinationId = in.readIntLE();
    long term = in.readLongLE();
    long nextIndex = in.readLongLE();
    boolean accepted = in.readByte() == 1;
    in.skipBytes(2 * Integer.BYTES);
    int flags = in.readIntLE();
    int groupId = Flags.isExtended(flags) ? in.readIntLE() : 0;
    long requestId = Flags.hasRequestId(flags) ? in.readLongLE() : 0;
    if (remaining() == 0) {
      flags &= ~(Flags.INCLUDE_META | Flags.INCLUDE_HINT | Flags.RESULT_CODE);
    }
    byte[] meta = (flags & Flags.INCLUDE_META) != 0 ? meta() : null;
    long hint = (flags & Flags.INCLUDE_HINT) != 0 ? hint() : 0;
    boolean hasCode = (flags & Flags.RESULT_CODE) != 0;
    if (hasCode && remaining() < Integer.BYTES) {
      throw broken(Reason.RESULT_CODE, remaining() + " bytes remain for the result code");
    }
    byte[] context = bytes(remaining() - (hasCode ? Integer.BYTES : 0));
    ResultCode code = hasCode ? new ResultCode(in.readIntLE()) : null;
    return new ResponseFrame(
        type,
        sourceId,
        destinationId,
        term,
        nextIndex,
        accepted,
        flags,
        groupId,
        requestId,
        meta,
        hint,
        context,
        code);
  }

  /** Hands out the frames of a {@link FrameBatch}, each in the form it would have had alone. */
  void batch(List<Object> out) {
    boolean requests = type.isRequest();
    int headerBytes =
        (requests ? RequestFrame.LEGACY_HEADER_BYTES : ResponseFrame.LEGACY_HEADER_BYTES)
            + Flags.extensionBytes(FrameBatch.FLAGS);
    if (in.getIntLE(in.readerIndex() + headerBytes - 2 * Integer.BYTES) != FrameBatch.FLAGS) {
      throw broken(Reason.BATCH, "other flags than those of a batch");
    }
    in.skipBytes(headerBytes);
    int itemBytes = FrameBatch.itemBytes(type);
    if (remaining() == 0 || remaining() % itemBytes != 0) {
      throw broken(
          Reason.BATCH, "%d bytes where frames take %d each".formatted(remaining(), itemBytes));
    }
    while (remaining() > 0) {
      out.add(requests ? requestItem() : responseItem());
    }
  }

  private MessageType itemType() {
    int code = in.readUnsignedByte();
    MessageType item = MessageType.ofCode(code);
    if (item == null || item.isRequest() != type.isRequest() || !item.mayTravelInBatch()) {
      throw broken(Reason.BATCH, "type " + code + " does not travel in a batch");
    }
    return item;
  }

  private RequestFrame requestItem() {
    MessageType item = itemType();
    int groupId = in.readIntLE();
    return new RequestFrame(
        item,
        in.readIntLE(),
        in.readIntLE(),
        in.readLongLE(),
        in.readLongLE(),
        in.readLongLE(),
        in.readLongLE(),
        FrameBatch.ITEM_FLAGS,
        groupId,
        in.readLongLE(),
        null,
        List.of());
  }

  private ResponseFrame responseItem() {
    MessageType item = itemType();
    int groupId = in.readIntLE();
    return new ResponseFrame(
        item,
        in.readIntLE(),
        in.readIntLE(),
        in.readLongLE(),
        in.readLongLE(),
        in.readByte() == 1,
        FrameBatch.ITEM_FLAGS,
        groupId,
        in.readLongLE(),
        null,
        0,
        NOTHING,
        null);
  }

  private byte[] meta() {
    if (remaining() < Integer.BYTES) {
      throw broken(Reason.META, remaining() + " bytes remain for the length of meta");
    }
    int length = in.readIntLE();
    if (length < 0 || length > remaining()) {
      throw broken(
          Reason.META,
          "meta of %d bytes where %d remain"
              .formatted(Integer.toUnsignedLong(length), remaining()));
    }
    return bytes(length);
  }

  /** Blocks of later versions are longer, and what they add is skipped (section 2.7). */
  private long hint() {
    if (remaining() < 2 * Short.BYTES) {
      throw broken(Reason.HINT, remaining() + " bytes remain for the head of the hint");
    }
    in.skipBytes(Short.BYTES);
    int length = in.readUnsignedShortLE();
    if (length > remaining()) {
      throw broken(Reason.HINT, "hint of %d bytes where %d remain".formatted(length, remaining()));
    }
    if (length < Long.BYTES) {
      in.skipBytes(length);
      return 0;
    }
    long hint = in.readLongLE();
    in.skipBytes(length - Long.BYTES);
    return hint;
  }

  private List<LogEntry> entries(int flags) {
    if (remaining() == 0) {
      return List.of();
    }
    List<LogEntry> entries = new ArrayList<>(FIRST_ENTRIES);
    int entryBytes = RequestFrame.entryBytes(flags);
    while (remaining() > 0) {
      if (entries.size() == limits.maxEntries()) {
        throw broken(Reason.ENTRY, "more than " + limits.maxEntries() + " entries");
      }
      if (remaining() < entryBytes) {
        throw broken(
            Reason.ENTRY,
            "entry %d: %d bytes remain, its fields take %d"
                .formatted(entries.size(), remaining(), entryBytes));
      }
      entries.add(entry(entries.size(), flags));
    }
    return entries;
  }

  private LogEntry entry(int position, int flags) {
    long term = in.readLongLE();
    byte entryType = in.readByte();
    long timestampMicros = (flags & Flags.LOG_TIMESTAMP) != 0 ? in.readLongLE() : 0;
    boolean hasCrc = false;
    int crc = 0;
    if ((flags & Flags.CRC_PAYLOAD) != 0) {
      hasCrc = in.readByte() != 0;
      crc = in.readIntLE();
    }
    int length = in.readIntLE();
    if (length < 0 || length > remaining()) {
      throw broken(
          Reason.ENTRY,
          "entry %d: payload of %d bytes where %d remain".formatted(position, length, remaining()));
    }
    byte[] payload = bytes(length);
    if (hasCrc) {
      checkPayload(position, payload, crc);
    }
    return new LogEntry(term, entryType, timestampMicros, hasCrc, hasCrc ? crc : 0, payload);
  }

  private void checkPayload(int position, byte[] payload, int claimed) {
    payloadCrc.reset();
    payloadCrc.update(payload, 0, payload.length);
    int computed = (int) payloadCrc.getValue();
    if (computed != claimed) {
      throw broken(
          Reason.ENTRY_CHECKSUM,
          "entry %d: checksum %08x, computed %08x".formatted(position, claimed, computed));
    }
  }

  private byte[] bytes(int length) {
    if (length == 0) {
      return NOTHING;
    }
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    return bytes;
  }

  private int remaining() {
    return end - in.readerIndex();
  }

  private FrameException broken(Reason reason, String what) {
    return new FrameException(
        reason,
        "frame %d, %s, byte %d: %s".formatted(frameNumber, type, in.readerIndex() - start, what));
  }
}
