package io.multiraft.node.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Node heartbeats, batches of many groups, and what groups at rest say. */
class ManyGroupsFramesTest {
  private static final RequestFrame HEARTBEAT =
      RequestFrame.legacy(MessageType.APPEND_ENTRIES_REQUEST, 1, 2, 3, 3, 42, 42, List.of())
          .extended(7, 3001);

  @Test
  void framesAreTheSpecifiedBytes() {
    List<Vector> vectors = Vector.read("21_many_groups");
    assertThat(vectors).hasSize(10);
    for (Vector vector : vectors) {
      Frame frame = Frames.decode(vector.request(), true, vector.bytes());
      ExpectedFields.check(vector, frame);
      assertThat(Frames.encode(frame)).as("%s encoded", vector).isEqualTo(vector.bytes());
    }
  }

  @Test
  void aBatchIsTheSpecifiedBytesAndItsReaderSeesSingleFrames() {
    for (Vector vector : Vector.read("22_batches")) {
      EmbeddedChannel channel = Frames.receiver(vector.request(), FrameLimits.DEFAULT, true);
      channel.writeInbound(Unpooled.wrappedBuffer(vector.bytes()));
      List<Frame> frames = Frames.received(channel);
      JsonNode items = vector.decoded().get("items");
      assertThat(frames).hasSize(items.size());
      for (int i = 0; i < items.size(); i++) {
        checkItem(items.get(i), frames.get(i));
      }
      FrameBatch batch =
          new FrameBatch(
              vector.request() ? MessageType.BATCH_REQUEST : MessageType.BATCH_RESPONSE, frames);
      ByteBuf encoded = RaftFrameEncoder.encode(UnpooledByteBufAllocator.DEFAULT, batch);
      assertThat(Frames.bytes(encoded)).as(vector.toString()).isEqualTo(vector.bytes());
      encoded.release();
    }
  }

  private static void checkItem(JsonNode item, Frame frame) {
    assertThat(frame.type().code()).isEqualTo(item.get("type").asInt());
    assertThat(frame.groupId()).isEqualTo(item.get("group_id").asInt());
    assertThat(frame.requestId()).isEqualTo(item.get("request_id").asLong());
    assertThat(frame.flags())
        .isEqualTo(Flags.EXTENDED_HEADER | Flags.REQUEST_ID | Flags.CRC_ENTIRE);
    if (frame instanceof RequestFrame request) {
      assertThat(request.sourceId()).isEqualTo(item.get("src").asInt());
      assertThat(request.destinationId()).isEqualTo(item.get("dst").asInt());
      assertThat(request.term()).isEqualTo(item.get("term").asLong());
      assertThat(request.lastLogTerm()).isEqualTo(item.get("last_log_term").asLong());
      assertThat(request.lastLogIndex()).isEqualTo(item.get("last_log_idx").asLong());
      assertThat(request.commitIndex()).isEqualTo(item.get("commit_idx").asLong());
    } else if (frame instanceof ResponseFrame response) {
      assertThat(response.sourceId()).isEqualTo(item.get("src").asInt());
      assertThat(response.destinationId()).isEqualTo(item.get("dst").asInt());
      assertThat(response.term()).isEqualTo(item.get("term").asLong());
      assertThat(response.nextIndex()).isEqualTo(item.get("next_idx").asLong());
      assertThat(response.accepted()).isEqualTo(item.get("accepted").asInt() == 1);
    }
  }

  @Test
  void onlyFramesWithoutABodyTravelInABatch() {
    assertThat(FrameBatch.fits(HEARTBEAT)).isTrue();
    assertThat(FrameBatch.fits(ResponseFrame.to(HEARTBEAT, 2, 3, 43, true))).isTrue();
    assertThat(FrameBatch.fits(ResponseFrame.refusal(HEARTBEAT, ResultCode.UNKNOWN_GROUP)))
        .isFalse();
    LogEntry entry = LogEntry.of(3, EntryType.APP_LOG, new byte[1]);
    RequestFrame append =
        RequestFrame.legacy(MessageType.APPEND_ENTRIES_REQUEST, 1, 2, 3, 3, 42, 42, List.of(entry));
    assertThat(FrameBatch.fits(append.extended(7, 1))).isFalse();
    RequestFrame old =
        RequestFrame.legacy(MessageType.PRE_VOTE_REQUEST, 1, 2, 3, 3, 42, 42, List.of());
    assertThat(FrameBatch.fits(old)).as("without request id").isFalse();
    assertThatThrownBy(() -> new FrameBatch(MessageType.BATCH_REQUEST, List.of(old)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theLargestBatchStaysBelowTheLimitOfSharedConnections() {
    FrameBatch largest =
        new FrameBatch(
            MessageType.BATCH_REQUEST, Collections.nCopies(FrameBatch.MAX_FRAMES, HEARTBEAT));
    ByteBuf encoded = RaftFrameEncoder.encode(UnpooledByteBufAllocator.DEFAULT, largest);
    assertThat(encoded.readableBytes()).isLessThanOrEqualTo(256 * 1024);
    EmbeddedChannel channel = Frames.receiver(true, FrameLimits.DEFAULT, true);
    channel.writeInbound(encoded);
    assertThat(Frames.received(channel)).hasSize(FrameBatch.MAX_FRAMES);
    assertThatThrownBy(
            () ->
                new FrameBatch(
                    MessageType.BATCH_REQUEST,
                    Collections.nCopies(FrameBatch.MAX_FRAMES + 1, HEARTBEAT)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aBrokenBatchEndsTheConnection() {
    byte[] good =
        Vector.read("22_batches").stream().filter(Vector::request).findFirst().get().bytes();
    for (int at = 0; at < good.length; at++) {
      byte[] damaged = good.clone();
      damaged[at] ^= 0x10;
      assertRefused(damaged, "byte " + at);
    }
    FrameBatch one = new FrameBatch(MessageType.BATCH_REQUEST, List.of(HEARTBEAT));
    byte[] ofAnotherType = Frames.encode(one);
    ofAnotherType[58] = (byte) MessageType.NODE_HEARTBEAT_REQUEST.code();
    assertRefused(withChecksum(ofAnotherType), "a type that does not travel in batches");
    ofAnotherType[58] = (byte) MessageType.APPEND_ENTRIES_RESPONSE.code();
    assertRefused(withChecksum(ofAnotherType), "an answer among requests");
    byte[] empty = java.util.Arrays.copyOf(Frames.encode(one), 58);
    empty[42] = 0;
    assertRefused(withChecksum(empty), "an empty batch");
  }

  private static byte[] withChecksum(byte[] frame) {
    java.util.zip.CRC32 crc = new java.util.zip.CRC32();
    crc.update(frame, 0, 46);
    crc.update(frame, 54, frame.length - 54);
    for (int i = 0; i < 4; i++) {
      frame[46 + i] = (byte) (crc.getValue() >>> 8 * i);
    }
    return frame;
  }

  private static void assertRefused(byte[] bytes, String what) {
    EmbeddedChannel channel = Frames.receiver(true, FrameLimits.DEFAULT, true);
    List<Frame> received = new ArrayList<>();
    try {
      channel.writeInbound(Unpooled.wrappedBuffer(bytes));
      received.addAll(Frames.received(channel));
      channel.finish();
    } catch (FrameException expected) {
      received.addAll(Frames.received(channel));
    }
    assertThat(received).as(what).isEmpty();
  }

  @Test
  void aQuietCheckNamesGroupsBothWays() {
    List<QuietCheck.Resting> resting =
        List.of(new QuietCheck.Resting(7, 1, 3), new QuietCheck.Resting(8, 1, 4));
    RequestFrame question = QuietCheck.question(2, 1, resting).extended(0, 2004);
    RequestFrame read = (RequestFrame) Frames.decode(true, true, Frames.encode(question));
    assertThat(QuietCheck.groups(read)).isEqualTo(resting);
    ResponseFrame answer = QuietCheck.answer(read, List.of(8));
    assertThat(QuietCheck.notLed((ResponseFrame) Frames.decode(false, true, Frames.encode(answer))))
        .containsExactly(8);
    RequestFrame odd = question.withMeta(new byte[17]);
    assertThatThrownBy(() -> QuietCheck.groups(odd)).isInstanceOf(FrameException.class);
    assertThatThrownBy(() -> QuietCheck.notLed(answer.withContext(new byte[3])))
        .isInstanceOf(FrameException.class);
  }
}
