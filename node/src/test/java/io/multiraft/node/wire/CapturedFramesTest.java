package io.multiraft.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Every frame that was captured between old servers is understood whole and rebuilt exactly. */
class CapturedFramesTest {
  static final List<String> FILES = Vector.CAPTURED_FILES;

  @ParameterizedTest
  @FieldSource("FILES")
  void decodesToTheRecordedFieldsAndEncodesToTheSameBytes(String file) {
    for (Vector vector : Vector.read(file)) {
      Frame frame = Frames.decode(vector.request(), false, vector.bytes());
      ExpectedFields.check(vector, frame);
      assertThat(Frames.encode(frame)).as("%s encoded", vector).isEqualTo(vector.bytes());
    }
  }

  @ParameterizedTest
  @FieldSource("FILES")
  void theEncoderInAPipelineWritesTheSameBytes(String file) {
    EmbeddedChannel channel =
        new EmbeddedChannel(new RaftFrameEncoder(FrameLimits.DEFAULT.maxBodyBytes()));
    for (Vector vector : Vector.read(file)) {
      channel.writeOutbound(Frames.decode(vector.request(), false, vector.bytes()));
      ByteBuf written = Unpooled.buffer();
      for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
        written.writeBytes(part);
        part.release();
      }
      assertThat(Frames.bytes(written)).as("%s written", vector).isEqualTo(vector.bytes());
    }
  }

  @ParameterizedTest
  @FieldSource("FILES")
  void aConnectionReadsTheSameHoweverItsBytesArrive(String file) {
    for (List<Vector> stream : streams(file).values()) {
      boolean requests = stream.get(0).request();
      List<Frame> expected =
          stream.stream().map(v -> Frames.decode(v.request(), false, v.bytes())).toList();
      byte[] glued = glued(stream);
      for (int pieceBytes : new int[] {glued.length, 1460, 55, 1}) {
        EmbeddedChannel channel = Frames.receiver(requests, FrameLimits.DEFAULT, false);
        List<Frame> frames = new ArrayList<>();
        for (int at = 0; at < glued.length; at += pieceBytes) {
          int bytes = Math.min(pieceBytes, glued.length - at);
          channel.writeInbound(Unpooled.wrappedBuffer(glued, at, bytes));
          frames.addAll(Frames.received(channel));
        }
        channel.finish();
        assertThat(frames)
            .as("%s, connection %d in pieces of %d", file, stream.get(0).connection(), pieceBytes)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void theFilesHoldTheFramesThatTheySaid() {
    long frames = FILES.stream().mapToLong(file -> Vector.read(file).size()).sum();
    assertThat(frames).isEqualTo(1804);
  }

  /** One connection and direction each; a connection's requests and responses are two streams. */
  private static Map<String, List<Vector>> streams(String file) {
    Map<String, List<Vector>> streams = new LinkedHashMap<>();
    for (Vector vector : Vector.read(file)) {
      String key = vector.connection() + "/" + vector.request();
      streams.computeIfAbsent(key, ignored -> new ArrayList<>()).add(vector);
    }
    return streams;
  }

  private static byte[] glued(List<Vector> stream) {
    ByteBuf all = Unpooled.buffer();
    stream.forEach(vector -> all.writeBytes(vector.bytes()));
    return Frames.bytes(all);
  }
}
