package io.multiraft.node.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.wire.FrameException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What breaks a rule is named, with its place, before memory is taken for it. */
class MalformedFramesTest {
  private static final LogEntry ENTRY = LogEntry.of(3, EntryType.APP_LOG, "abc".getBytes());
  private static final RequestFrame APPEND =
      RequestFrame.legacy(
          MessageType.APPEND_ENTRIES_REQUEST, 1, 2, 3, 3, 41, 40, List.of(ENTRY, ENTRY));
  private static final ResponseFrame ANSWER = ResponseFrame.to(APPEND, 2, 3, 44, true);

  @Test
  void aWrongMarkerIsSeenAtOnce() {
    refused(true, new byte[] {2, 3}, Reason.MARKER, "byte 0");
    refused(true, new byte[] {1, 4}, Reason.MARKER, "a request starts with 0x00");
    refused(false, new byte[] {0, 3}, Reason.MARKER, "a response starts with 0x01");
    refused(true, "GET / HTTP/1.1".getBytes(), Reason.MARKER, "0x47");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 4, 19, 22, 23, 29, 30, 0x40, 0x42, 0x7f, 0x80, 0xff})
  void aTypeThatIsNoRequestsIsSeenAtOnce(int type) {
    refused(true, new byte[] {0, (byte) type}, Reason.TYPE, "byte 1: " + type);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 22, 23, 28, 30, 0x41, 0xff})
  void aTypeThatIsNoResponsesIsSeenAtOnce(int type) {
    refused(false, new byte[] {1, (byte) type}, Reason.TYPE, "byte 1: " + type);
  }

  @Test
  void framesOfOurOwnNeedAHello() {
    byte[] readIndex = Frames.encode(RequestFrame.readIndex(2, 1, 3).extended(7, 1));
    FrameException e = refusal(true, false, FrameLimits.DEFAULT, readIndex);
    assertThat(e.reason()).isEqualTo(Reason.TYPE);
    assertThat(e).hasMessageContaining("READ_INDEX_REQUEST from a peer without hello");
    assertThat(Frames.decode(true, true, readIndex)).isInstanceOf(RequestFrame.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, (64 << 20) + 1, 0x40000001})
  void aBodyOverTheLimitIsRefusedFromItsHeader(int bodyBytes) {
    byte[] request = Arrays.copyOf(Frames.encode(APPEND), 54);
    refused(true, seal(setInt(request, 42, bodyBytes), 46), Reason.BODY_SIZE, "byte 42");
    byte[] response = Frames.encode(ANSWER);
    refused(false, seal(setInt(response, 27, bodyBytes), 31), Reason.BODY_SIZE, "byte 27");
  }

  @Test
  void theLimitItselfIsAllowed() {
    byte[] bytes = Frames.encode(APPEND);
    int body = bytes.length - 54;
    EmbeddedChannel channel = Frames.receiver(true, new FrameLimits(body, 2), false);
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    assertThat(Frames.received(channel)).containsExactly(APPEND);
    assertThat(refusal(true, false, new FrameLimits(body - 1, 2), bytes).reason())
        .isEqualTo(Reason.BODY_SIZE);
    assertThat(refusal(true, false, new FrameLimits(body, 1), bytes).reason())
        .isEqualTo(Reason.ENTRY);
  }

  @Test
  void aReadIndexWithABodyIsRefused() {
    byte[] bytes = Frames.encode(RequestFrame.readIndex(2, 1, 3));
    FrameException e = refusal(true, true, FrameLimits.DEFAULT, seal(setInt(bytes, 42, 1), 46));
    assertThat(e.reason()).isEqualTo(Reason.BODY_SIZE);
  }

  @Test
  void aDamagedHeaderIsRefusedBeforeItsBodyArrives() {
    byte[] request = Arrays.copyOf(Frames.encode(APPEND), 54);
    request[12] ^= 1;
    refused(true, request, Reason.CHECKSUM, "APPEND_ENTRIES_REQUEST, byte 46");
    byte[] response = Frames.encode(ANSWER.withMeta(new byte[5]));
    response[20] ^= 1;
    refused(false, Arrays.copyOf(response, 39), Reason.CHECKSUM, "byte 31");
  }

  @Test
  void aDamagedBodyIsRefusedWhereTheChecksumCoversIt() {
    byte[] bytes = Frames.encode(APPEND.withFlags(Flags.CRC_ENTIRE));
    bytes[bytes.length - 1] ^= 1;
    refused(true, bytes, Reason.CHECKSUM, "byte 46");
  }

  @Test
  void aRequestIdNeedsAGroupId() {
    byte[] bytes = setInt(Frames.encode(APPEND), 50, Flags.REQUEST_ID);
    FrameException e = refusal(true, true, FrameLimits.DEFAULT, bytes);
    assertThat(e.reason()).isEqualTo(Reason.EXTENSION);
    RequestFrame old = (RequestFrame) Frames.decode(true, false, bytes);
    assertThat(old.entries()).as("to an old peer the bit means nothing").hasSize(2);
    assertThat(old.hasRequestId()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0x200, 0x10000, 0x80000000})
  void bitsThatNobodyKnowsAreIgnored(int bit) {
    byte[] bytes = setInt(Frames.encode(APPEND), 50, bit);
    assertThat(((RequestFrame) Frames.decode(true, false, bytes)).entries()).hasSize(2);
  }

  @Test
  void anEmptyBodyIsNotParsedWhateverTheFlagsSay() {
    RequestFrame ping = RequestFrame.legacy(MessageType.PING_REQUEST, 1, 2, 0, 0, 0, 0, List.of());
    byte[] bytes = setInt(Frames.encode(ping), 50, Flags.INCLUDE_META);
    assertThat(Frames.decode(true, false, bytes)).isEqualTo(ping);
    byte[] answer = setInt(Frames.encode(ANSWER), 35, 0x23);
    assertThat(Frames.decode(false, false, answer)).isEqualTo(ANSWER);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1000, Integer.MAX_VALUE})
  void metaMustFitIntoTheBody(int length) {
    byte[] bytes = setInt(Frames.encode(APPEND.withMeta(new byte[4])), 54, length);
    refused(true, bytes, Reason.META, "byte 58");
    byte[] answer = setInt(Frames.encode(ANSWER.withMeta(new byte[4])), 39, length);
    refused(false, answer, Reason.META, "byte 43");
  }

  @Test
  void metaNeedsItsLength() {
    refused(true, body(APPEND, Flags.INCLUDE_META, new byte[3]), Reason.META, "3 bytes remain");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 4, Integer.MAX_VALUE})
  void aPayloadMustFitIntoTheBody(int length) {
    byte[] bytes = Frames.encode(APPEND);
    refused(true, setInt(bytes, bytes.length - 7, length), Reason.ENTRY, "entry 1: payload");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, Flags.LOG_TIMESTAMP, Flags.CRC_PAYLOAD, 0x14})
  void everyCutOfTheLastEntryIsRefused(int flags) {
    byte[] whole = Frames.encode(APPEND.withFlags(flags));
    byte[] body = Arrays.copyOfRange(whole, 54, whole.length);
    int first = body.length / 2;
    for (int bytes = first + 1; bytes < body.length; bytes++) {
      byte[] cut = body(APPEND, flags, Arrays.copyOf(body, bytes));
      refused(true, cut, Reason.ENTRY, "entry 1");
    }
  }

  @Test
  void aPayloadThatIsNotWhatItsChecksumSaysIsRefused() {
    LogEntry wrong = new LogEntry(3, EntryType.APP_LOG, 0, true, 12345, "abc".getBytes());
    RequestFrame append =
        RequestFrame.legacy(
            MessageType.APPEND_ENTRIES_REQUEST, 1, 2, 3, 3, 41, 40, List.of(ENTRY, wrong));
    byte[] bytes = Frames.encode(append.withFlags(Flags.CRC_PAYLOAD));
    refused(true, bytes, Reason.ENTRY_CHECKSUM, "entry 1");
  }

  @Test
  void hintsOfLaterVersionsAreSkippedAndCutOnesRefused() {
    ByteBuffer longer = little(4 + 12).putShort((short) 1).putShort((short) 12).putLong(500);
    ResponseFrame later = (ResponseFrame) Frames.decode(false, false, hint(longer.array()));
    assertThat(later.nextBatchBytesHint()).isEqualTo(500);
    assertThat(later.context()).isEmpty();
    ByteBuffer shorter = little(4 + 2).putShort((short) 1).putShort((short) 2);
    ResponseFrame empty = (ResponseFrame) Frames.decode(false, false, hint(shorter.array()));
    assertThat(empty.nextBatchBytesHint()).isZero();
    refused(false, hint(new byte[3]), Reason.HINT, "3 bytes remain");
    ByteBuffer cut = little(8).putShort((short) 0).putShort((short) 8);
    refused(false, hint(cut.array()), Reason.HINT, "hint of 8 bytes where 4 remain");
  }

  @Test
  void aResultCodeNeedsItsBytes() {
    byte[] bytes = Frames.encode(ANSWER.withContext(new byte[3]));
    refused(false, setInt(bytes, 35, Flags.RESULT_CODE), Reason.RESULT_CODE, "3 bytes remain");
  }

  @Test
  void afterARefusalNothingMoreIsRead() {
    EmbeddedChannel channel = Frames.receiver(true, FrameLimits.DEFAULT, false);
    ByteBuf in = Unpooled.buffer();
    in.writeBytes(Frames.encode(APPEND)).writeByte(9).writeByte(9);
    in.writeBytes(Frames.encode(APPEND));
    FrameException e = catchThrowableOfType(FrameException.class, () -> channel.writeInbound(in));
    assertThat(e).hasMessageContaining("frame 1, byte 0");
    assertThat(Frames.received(channel)).as("what came before it").containsExactly(APPEND);
    channel.writeInbound(Unpooled.wrappedBuffer(Frames.encode(APPEND)));
    assertThat(Frames.received(channel)).isEmpty();
    channel.finish();
  }

  @Test
  void aConnectionThatEndsInsideAFrameSaysSo() {
    byte[] bytes = Frames.encode(APPEND);
    for (int cut = 1; cut < bytes.length; cut++) {
      EmbeddedChannel channel = Frames.receiver(true, FrameLimits.DEFAULT, false);
      channel.writeInbound(Unpooled.wrappedBuffer(bytes, 0, cut));
      FrameException e = catchThrowableOfType(FrameException.class, channel::finish);
      assertThat(e.reason()).isEqualTo(Reason.CUT_SHORT);
      assertThat(Frames.received(channel)).isEmpty();
    }
  }

  @Test
  void detectionTellsRaftFromOtherProtocols() {
    assertThat(detected(Frames.encode(APPEND))).isTrue();
    assertThat(detected(Frames.encode(ANSWER))).isFalse();
    assertThat(detected("PRI * HTTP/2.0".getBytes())).isFalse();
    assertThat(detected(new byte[] {0x16, 3, 1})).as("TLS").isFalse();
    assertThat(detected(new byte[] {0, 0x41})).as("before a hello").isFalse();
    assertThat(detected(new byte[] {0})).as("not yet").isFalse();
  }

  private static boolean detected(byte[] bytes) {
    return RaftFrameDecoder.startsLikeRequest(Unpooled.wrappedBuffer(bytes));
  }

  private static void refused(boolean requests, byte[] bytes, Reason reason, String where) {
    FrameException e = refusal(requests, false, FrameLimits.DEFAULT, bytes);
    assertThat(e).as("refusal").isNotNull();
    assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
    assertThat(e).hasMessageContaining(where);
  }

  private static FrameException refusal(
      boolean requests, boolean capable, FrameLimits limits, byte[] bytes) {
    EmbeddedChannel channel = Frames.receiver(requests, limits, capable);
    return catchThrowableOfType(
        FrameException.class, () -> channel.writeInbound(Unpooled.wrappedBuffer(bytes)));
  }

  /** The frame with another body under the same header. */
  private static byte[] body(RequestFrame frame, int flags, byte[] body) {
    byte[] bytes = Arrays.copyOf(Frames.encode(frame), 54 + body.length);
    System.arraycopy(body, 0, bytes, 54, body.length);
    return seal(setInt(setInt(bytes, 50, flags), 42, body.length), 46);
  }

  private static byte[] hint(byte[] block) {
    return setInt(Frames.encode(ANSWER.withContext(block)), 35, Flags.INCLUDE_HINT);
  }

  private static byte[] seal(byte[] bytes, int checksumAt) {
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, checksumAt);
    return setInt(bytes, checksumAt, (int) crc.getValue());
  }

  private static byte[] setInt(byte[] bytes, int at, int value) {
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    return bytes;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
