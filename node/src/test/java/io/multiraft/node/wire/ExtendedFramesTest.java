package io.multiraft.node.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.EncoderException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Multiraft adds to the old frames: group ids, request ids, refusals, hello, read_index. */
class ExtendedFramesTest {
  private static final RequestFrame VOTE =
      RequestFrame.legacy(MessageType.REQUEST_VOTE_REQUEST, 4, 5, 9, 8, 100, 90, List.of());

  @Test
  void framesOfOurOwnAreTheSpecifiedBytes() {
    List<Vector> vectors = Vector.read("20_multiraft");
    assertThat(vectors).hasSizeGreaterThan(15);
    for (Vector vector : vectors) {
      Frame frame = Frames.decode(vector.request(), true, vector.bytes());
      ExpectedFields.check(vector, frame);
      assertThat(Frames.encode(frame)).as("%s encoded", vector).isEqualTo(vector.bytes());
    }
  }

  @Test
  void headersAreAsLongAsTheirFormSays() {
    assertThat(Frames.encode(VOTE)).hasSize(54);
    assertThat(Frames.encode(VOTE.extended(7))).hasSize(58);
    assertThat(Frames.encode(VOTE.extended(7, 1))).hasSize(66);
    assertThat(Frames.encode(ResponseFrame.to(VOTE, 5, 9, 101, true))).hasSize(39);
    assertThat(Frames.encode(ResponseFrame.to(VOTE.extended(7), 5, 9, 101, true))).hasSize(43);
    assertThat(Frames.encode(ResponseFrame.to(VOTE.extended(7, 1), 5, 9, 101, true))).hasSize(51);
  }

  @Test
  void anAnswerHasTheFormGroupAndIdOfItsRequest() {
    ResponseFrame answer = ResponseFrame.to(VOTE.extended(7, 1001), 5, 9, 101, true);
    assertThat(answer.type()).isEqualTo(MessageType.REQUEST_VOTE_RESPONSE);
    assertThat(answer.groupId()).isEqualTo(7);
    assertThat(answer.requestId()).isEqualTo(1001);
    assertThat(answer.sourceId()).isEqualTo(5);
    assertThat(answer.destinationId()).isEqualTo(4);
    assertThat(answer.flags())
        .isEqualTo(Flags.EXTENDED_HEADER | Flags.REQUEST_ID | Flags.CRC_ENTIRE);
    ResponseFrame zero = ResponseFrame.to(VOTE.extended(0, 3), 5, 9, 101, true);
    assertThat(zero.isExtended()).isTrue();
    ResponseFrame old = ResponseFrame.to(VOTE.withFlags(Flags.CRC_ENTIRE), 5, 9, 101, true);
    assertThat(old.flags()).as("old peers never cover a response's body").isZero();
  }

  @Test
  void aClientsRequestIsAnsweredWithTheTypeOldPeersExpect() {
    assertThat(MessageType.CLIENT_REQUEST.responseType())
        .isEqualTo(MessageType.APPEND_ENTRIES_RESPONSE);
  }

  @ParameterizedTest
  @ValueSource(ints = {-100, -101, -102})
  void anUnknownGroupIsAnsweredInTheRequestsForm(int value) {
    ResultCode code = new ResultCode(value);
    for (RequestFrame request :
        List.of(VOTE, VOTE.extended(7), VOTE.extended(7, 77), VOTE.extended(0, 1))) {
      byte[] bytes = Frames.encode(ResponseFrame.refusal(request, code));
      ResponseFrame refusal = (ResponseFrame) Frames.decode(false, true, bytes);
      assertThat(refusal.type()).isEqualTo(MessageType.REQUEST_VOTE_RESPONSE);
      assertThat(refusal.sourceId()).isEqualTo(request.destinationId());
      assertThat(refusal.destinationId()).isEqualTo(request.sourceId());
      assertThat(refusal.term()).isEqualTo(request.term());
      assertThat(refusal.nextIndex()).isZero();
      assertThat(refusal.accepted()).isFalse();
      assertThat(refusal.isExtended()).isEqualTo(request.isExtended());
      assertThat(refusal.hasRequestId()).isEqualTo(request.hasRequestId());
      assertThat(refusal.groupId()).isEqualTo(request.groupId());
      assertThat(refusal.requestId()).isEqualTo(request.requestId());
      assertThat(refusal.resultCode()).isEqualTo(code);
      assertThat(refusal.isRefusal()).isTrue();
      assertThat(refusal.context()).isEmpty();
      assertThat(bytes).hasSize(refusal.headerBytes() + Integer.BYTES);
    }
  }

  @Test
  void aMembersOwnCodesAreNoRefusals() {
    assertThat(ResultCode.NOT_LEADER.isRefusal()).isFalse();
    assertThatThrownBy(() -> ResponseFrame.refusal(VOTE, ResultCode.NOT_LEADER))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyByteOfAnExtendedFrameIsCovered() {
    RequestFrame request =
        RequestFrame.legacy(
                MessageType.APPEND_ENTRIES_REQUEST,
                1,
                2,
                3,
                3,
                41,
                40,
                List.of(LogEntry.of(3, EntryType.APP_LOG, "payload".getBytes())))
            .extended(7, 1001);
    ResponseFrame response =
        ResponseFrame.refusal(request, ResultCode.UNKNOWN_GROUP).withMeta(new byte[9]);
    for (Frame frame : List.of(request, response)) {
      byte[] bytes = Frames.encode(frame);
      for (int at = 0; at < bytes.length; at++) {
        byte[] damaged = bytes.clone();
        damaged[at] ^= 0x20;
        if (isFlagsByte(frame, at)) {
          continue;
        }
        EmbeddedChannel channel = Frames.receiver(frame == request, FrameLimits.DEFAULT, true);
        try {
          channel.writeInbound(Unpooled.wrappedBuffer(damaged));
        } catch (FrameException expected) {
          assertThat(expected).isNotNull();
        }
        assertThat(Frames.received(channel)).as("byte %d of %s", at, frame.type()).isEmpty();
      }
    }
  }

  /** The flags word is not covered, by the old protocol's choice. */
  private static boolean isFlagsByte(Frame frame, int at) {
    int end = frame instanceof RequestFrame ? 54 : 39;
    return at >= end - Integer.BYTES && at < end;
  }

  @Test
  void largePayloadsLeaveUncopiedAndInOrder() {
    Random random = new Random(42);
    List<LogEntry> entries = new ArrayList<>();
    for (int size : new int[] {0, 10, 16 * 1024, 100_000, 1, 16 * 1024 - 1, 40_000}) {
      byte[] payload = new byte[size];
      random.nextBytes(payload);
      entries.add(LogEntry.of(3, EntryType.APP_LOG, payload));
    }
    RequestFrame request =
        RequestFrame.legacy(MessageType.APPEND_ENTRIES_REQUEST, 1, 2, 3, 3, 41, 40, entries)
            .withMeta(new byte[] {1, 2, 3});
    for (RequestFrame frame : List.of(request, request.extended(7), request.extended(7, 5))) {
      EmbeddedChannel channel = new EmbeddedChannel(new RaftFrameEncoder(1 << 20));
      channel.writeOutbound(frame);
      ByteBuf all = Unpooled.buffer();
      int uncopied = 0;
      for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
        uncopied += isPayload(part, entries) ? 1 : 0;
        all.writeBytes(part);
        part.release();
      }
      assertThat(uncopied).isEqualTo(3);
      assertThat(Frames.bytes(all)).isEqualTo(Frames.encode(frame));
      assertThat(Frames.decode(true, true, Frames.bytes(all))).isEqualTo(frame);
    }
  }

  private static boolean isPayload(ByteBuf part, List<LogEntry> entries) {
    return part.hasArray() && entries.stream().anyMatch(e -> e.payload() == part.array());
  }

  @Test
  void aBodyThatThePeerWouldRefuseIsNotSent() {
    EmbeddedChannel channel = new EmbeddedChannel(new RaftFrameEncoder(100));
    RequestFrame ping = RequestFrame.legacy(MessageType.PING_REQUEST, 1, 2, 0, 0, 0, 0, List.of());
    channel.writeOutbound(ping.withMeta(new byte[96]));
    assertThatThrownBy(() -> channel.writeOutbound(ping.withMeta(new byte[97])))
        .isInstanceOf(EncoderException.class)
        .hasMessageContaining("101 bytes");
  }

  @Test
  void onlyAHelloIsReadAsOne() {
    Hello hello = Hello.of(3, UUID.randomUUID(), 12, FrameLimits.DEFAULT);
    RequestFrame ping =
        (RequestFrame) Frames.decode(true, false, Frames.encode(RequestFrame.hello(hello)));
    assertThat(Hello.fromMeta(ping.meta())).contains(hello);
    assertThat(hello.can(Hello.CAPABILITY_GROUPS | Hello.CAPABILITY_READ_INDEX)).isTrue();
    assertThat(hello.can(1L << 40)).isFalse();
    assertThat(Hello.fromMeta("q:MD".getBytes())).isEmpty();
    assertThat(Hello.fromMeta(new byte[0])).isEmpty();
    byte[] cut = Arrays.copyOf(hello.toBytes(), 42);
    assertThatThrownBy(() -> Hello.fromMeta(cut)).isInstanceOf(FrameException.class);
    byte[] versionless = hello.toBytes();
    versionless[2] = 0;
    assertThatThrownBy(() -> Hello.fromMeta(versionless)).isInstanceOf(FrameException.class);
  }

  @Test
  void inconsistentFramesCannotBeMade() {
    assertThatThrownBy(() -> VOTE.withFlags(Flags.INCLUDE_META))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RequestFrame.readIndex(1, 2, 3).withMeta(new byte[1]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(MessageType.PING_RESPONSE::responseType)
        .isInstanceOf(IllegalStateException.class);
  }
}
