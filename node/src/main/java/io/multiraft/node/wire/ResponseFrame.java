package io.multiraft.node.wire;

import java.util.Arrays;
import java.util.Objects;

/**
 * A response (wire protocol, sections 2.2, 2.7 and 12.1).
 *
 * @param type what is answered
 * @param sourceId server id of the responder; the requester knows its peer by it
 * @param destinationId server id of the requester, or the leader's for a client
 * @param term the responder's term
 * @param nextIndex the next index that the responder wants
 * @param accepted yes or no
 * @param flags bits of {@link Flags}
 * @param groupId the request's group, 0 without {@link Flags#EXTENDED_HEADER}
 * @param requestId the request's id, 0 without {@link Flags#REQUEST_ID}
 * @param meta the blob at the body's start, {@code null} exactly without {@link Flags#INCLUDE_META}
 * @param nextBatchBytesHint above 0: payload bytes wanted in the next batch; below 0: heartbeats
 *     only; 0: no limit, also without {@link Flags#INCLUDE_HINT}
 * @param context what the type or the application puts there, often empty
 * @param resultCode {@code null} exactly without {@link Flags#RESULT_CODE}
 */
public record ResponseFrame(
    MessageType type,
    int sourceId,
    int destinationId,
    long term,
    long nextIndex,
    boolean accepted,
    int flags,
    int groupId,
    long requestId,
    byte[] meta,
    long nextBatchBytesHint,
    byte[] context,
    ResultCode resultCode)
    implements Frame {
  /** Bytes of the header without its extension. */
  public static final int LEGACY_HEADER_BYTES = 39;

  /** Bytes of the hint block: version, length, value. */
  static final int HINT_BYTES = 2 + 2 + 8;

  private static final byte[] NOTHING = {};

  public ResponseFrame {
    if (type.isRequest()) {
      throw new IllegalArgumentException(type + " is not a response");
    }
    Objects.requireNonNull(context, "context");
    FrameParts.checkForm(flags, groupId, requestId);
    FrameParts.checkAnnounced(flags, Flags.INCLUDE_META, meta != null);
    FrameParts.checkAnnounced(flags, Flags.RESULT_CODE, resultCode != null);
    if (nextBatchBytesHint != 0) {
      FrameParts.checkAnnounced(flags, Flags.INCLUDE_HINT, true);
    }
  }

  /**
   * The plain answer to a request: in its form, with its group and request id, from {@code
   * sourceId} to whoever asked. The checksum covers the body if the request's did and the form is
   * the extended one; old peers never cover the body of a response.
   */
  public static ResponseFrame to(
      RequestFrame request, int sourceId, long term, long nextIndex, boolean accepted) {
    int kept = request.isExtended() ? Flags.FORM | Flags.CRC_ENTIRE : 0;
    return new ResponseFrame(
        request.type().responseType(),
        sourceId,
        request.sourceId(),
        term,
        nextIndex,
        accepted,
        request.flags() & kept,
        request.groupId(),
        request.requestId(),
        null,
        0,
        NOTHING,
        null);
  }

  /**
   * The answer when the request's group or member is not here (wire protocol, section 12.2): ids
   * swapped, the request's term, and the code as body.
   */
  public static ResponseFrame refusal(RequestFrame request, ResultCode code) {
    if (!code.isRefusal()) {
      throw new IllegalArgumentException(code + " is the answer of a member");
    }
    return to(request, request.destinationId(), request.term(), 0, false).withResultCode(code);
  }

  /** Whether nobody was there to answer; to be asked before anything else of an answer. */
  public boolean isRefusal() {
    return resultCode != null && resultCode.isRefusal();
  }

  /** The same with a blob at the body's start. */
  public ResponseFrame withMeta(byte[] blob) {
    Objects.requireNonNull(blob);
    return with(flags | Flags.INCLUDE_META, blob, nextBatchBytesHint, context, resultCode);
  }

  /** The same with the hint block. */
  public ResponseFrame withNextBatchBytesHint(long hint) {
    return with(flags | Flags.INCLUDE_HINT, meta, hint, context, resultCode);
  }

  /** The same with other context bytes. */
  public ResponseFrame withContext(byte[] bytes) {
    return with(flags, meta, nextBatchBytesHint, bytes, resultCode);
  }

  /** The same with a result code at the body's end. */
  public ResponseFrame withResultCode(ResultCode code) {
    Objects.requireNonNull(code);
    return with(flags | Flags.RESULT_CODE, meta, nextBatchBytesHint, context, code);
  }

  private ResponseFrame with(
      int newFlags, byte[] newMeta, long newHint, byte[] newContext, ResultCode newCode) {
    return new ResponseFrame(
        type,
        sourceId,
        destinationId,
        term,
        nextIndex,
        accepted,
        newFlags,
        groupId,
        requestId,
        newMeta,
        newHint,
        newContext,
        newCode);
  }

  @Override
  public int headerBytes() {
    return LEGACY_HEADER_BYTES + Flags.extensionBytes(flags);
  }

  @Override
  public long bodyBytes() {
    return (meta == null ? 0L : Integer.BYTES + meta.length)
        + ((flags & Flags.INCLUDE_HINT) != 0 ? HINT_BYTES : 0)
        + context.length
        + (resultCode == null ? 0 : Integer.BYTES);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ResponseFrame that
        && type == that.type
        && sourceId == that.sourceId
        && destinationId == that.destinationId
        && term == that.term
        && nextIndex == that.nextIndex
        && accepted == that.accepted
        && flags == that.flags
        && groupId == that.groupId
        && requestId == that.requestId
        && Arrays.equals(meta, that.meta)
        && nextBatchBytesHint == that.nextBatchBytesHint
        && Arrays.equals(context, that.context)
        && Objects.equals(resultCode, that.resultCode);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        type, sourceId, destinationId, term, nextIndex, accepted, flags, groupId, requestId);
  }

  @Override
  public String toString() {
    return "%s[group=%d, %d->%d, term=%d, next=%d, accepted=%s, request=%d, flags=%s, code=%s]"
        .formatted(
            type,
            groupId,
            sourceId,
            destinationId,
            term,
            nextIndex,
            accepted,
            requestId,
            Flags.names(flags),
            resultCode);
  }
}
