package io.multiraft.node.wire;

import io.multiraft.node.raft.LogEntry;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A request (wire protocol, sections 2.1, 2.5 and 12.1).
 *
 * @param type what is asked
 * @param sourceId server id of the sender, 0 for a forwarded client's request
 * @param destinationId server id of the receiver, 0 for a forwarded client's request
 * @param term the sender's term, 0 for a client's request
 * @param lastLogTerm term of the entry before the first carried one
 * @param lastLogIndex index of the entry before the first carried one
 * @param commitIndex the sender's commit index
 * @param flags bits of {@link Flags}
 * @param groupId the group, 0 without {@link Flags#EXTENDED_HEADER}
 * @param requestId echoed in the answer, 0 without {@link Flags#REQUEST_ID}
 * @param meta the blob before the entries, {@code null} exactly without {@link Flags#INCLUDE_META}
 * @param entries log entries, or one entry that wraps an object
 */
public record RequestFrame(
    MessageType type,
    int sourceId,
    int destinationId,
    long term,
    long lastLogTerm,
    long lastLogIndex,
    long commitIndex,
    int flags,
    int groupId,
    long requestId,
    byte[] meta,
    List<LogEntry> entries)
    implements Frame {
  /** Bytes of the header without its extension. */
  public static final int LEGACY_HEADER_BYTES = 54;

  private static final int ENTRY_BYTES = 8 + 1 + 4;
  private static final int TIMESTAMP_BYTES = 8;
  private static final int PAYLOAD_CRC_BYTES = 1 + 4;

  public RequestFrame {
    if (!type.isRequest()) {
      throw new IllegalArgumentException(type + " is not a request");
    }
    entries = List.copyOf(entries);
    FrameParts.checkForm(flags, groupId, requestId);
    FrameParts.checkAnnounced(flags, Flags.INCLUDE_META, meta != null);
    if (type.isHeaderOnly() && (meta != null || !entries.isEmpty())) {
      throw new IllegalArgumentException(type + " has no body");
    }
  }

  /** A request in the old form, for group 0. */
  public static RequestFrame legacy(
      MessageType type,
      int sourceId,
      int destinationId,
      long term,
      long lastLogTerm,
      long lastLogIndex,
      long commitIndex,
      List<LogEntry> entries) {
    return new RequestFrame(
        type,
        sourceId,
        destinationId,
        term,
        lastLogTerm,
        lastLogIndex,
        commitIndex,
        0,
        0,
        0,
        null,
        entries);
  }

  /** The first frame on a connection to another node (wire protocol, section 12.3). */
  public static RequestFrame hello(Hello hello) {
    return legacy(MessageType.PING_REQUEST, 0, 0, 0, 0, 0, 0, List.of()).withMeta(hello.toBytes());
  }

  /** A question for an index to read at (wire protocol, section 12.4). */
  public static RequestFrame readIndex(int sourceId, int destinationId, long term) {
    return legacy(
        MessageType.READ_INDEX_REQUEST, sourceId, destinationId, term, 0, 0, 0, List.of());
  }

  /**
   * The same in the form that capable nodes use: with group id, request id and a checksum over
   * everything.
   */
  public RequestFrame extended(int group, long request) {
    return with(flags | Flags.FORM | Flags.CRC_ENTIRE, group, request, meta);
  }

  /** The same with a group id and no request id; the checksum covers what it covered. */
  public RequestFrame extended(int group) {
    return with((flags & ~Flags.REQUEST_ID) | Flags.EXTENDED_HEADER, group, 0, meta);
  }

  /** The same with a blob before the entries. */
  public RequestFrame withMeta(byte[] blob) {
    return with(flags | Flags.INCLUDE_META, groupId, requestId, Objects.requireNonNull(blob));
  }

  /** The same with more flags; not those that announce a part or the form. */
  public RequestFrame withFlags(int more) {
    return with(flags | more, groupId, requestId, meta);
  }

  private RequestFrame with(int newFlags, int group, long request, byte[] blob) {
    return new RequestFrame(
        type,
        sourceId,
        destinationId,
        term,
        lastLogTerm,
        lastLogIndex,
        commitIndex,
        newFlags,
        group,
        request,
        blob,
        entries);
  }

  @Override
  public int headerBytes() {
    return LEGACY_HEADER_BYTES + Flags.extensionBytes(flags);
  }

  @Override
  public long bodyBytes() {
    long bytes = meta == null ? 0 : Integer.BYTES + meta.length;
    for (LogEntry entry : entries) {
      bytes += entryBytes(flags) + entry.payload().length;
    }
    return bytes;
  }

  /** Bytes of an entry before its payload. */
  static int entryBytes(int flags) {
    return ENTRY_BYTES
        + ((flags & Flags.LOG_TIMESTAMP) != 0 ? TIMESTAMP_BYTES : 0)
        + ((flags & Flags.CRC_PAYLOAD) != 0 ? PAYLOAD_CRC_BYTES : 0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RequestFrame that
        && type == that.type
        && sourceId == that.sourceId
        && destinationId == that.destinationId
        && term == that.term
        && lastLogTerm == that.lastLogTerm
        && lastLogIndex == that.lastLogIndex
        && commitIndex == that.commitIndex
        && flags == that.flags
        && groupId == that.groupId
        && requestId == that.requestId
        && Arrays.equals(meta, that.meta)
        && entries.equals(that.entries);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        type, sourceId, destinationId, term, lastLogIndex, flags, groupId, requestId, entries);
  }

  @Override
  public String toString() {
    return "%s[group=%d, %d->%d, term=%d, last=%d:%d, commit=%d, request=%d, flags=%s, %d entries]"
        .formatted(
            type,
            groupId,
            sourceId,
            destinationId,
            term,
            lastLogTerm,
            lastLogIndex,
            commitIndex,
            requestId,
            Flags.names(flags),
            entries.size());
  }
}
