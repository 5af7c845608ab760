package io.multiraft.bench.micro;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RaftFrameDecoder;
import io.multiraft.node.wire.RaftFrameEncoder;
import io.multiraft.node.wire.RequestFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** An append request of 256-byte entries, checksummed as between nodes of this kind. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FrameCodecBenchmark {
  private static final int ENTRY_BYTES = 256;

  @Param({"1", "64"})
  public int entries;

  private RequestFrame frame;
  private ByteBuf encoded;
  private EmbeddedChannel decoding;

  @Setup(Level.Trial)
  public void setUp() {
    LogEntry entry = LogEntry.of(7, EntryType.APP_LOG, new byte[ENTRY_BYTES]);
    frame =
        RequestFrame.legacy(
                MessageType.APPEND_ENTRIES_REQUEST,
                1,
                2,
                7,
                7,
                1_000,
                999,
                Collections.nCopies(entries, entry))
            .extended(42, 17);
    encoded = Unpooled.copiedBuffer(RaftFrameEncoder.encode(ByteBufAllocator.DEFAULT, frame));
    RaftFrameDecoder decoder = RaftFrameDecoder.ofRequests(FrameLimits.DEFAULT);
    decoder.markPeerCapable();
    decoding = new EmbeddedChannel(decoder);
  }

  @TearDown(Level.Trial)
  public void tearDown() {
    decoding.finishAndReleaseAll();
  }

  @Benchmark
  public int encode() {
    ByteBuf bytes = RaftFrameEncoder.encode(ByteBufAllocator.DEFAULT, frame);
    int length = bytes.readableBytes();
    bytes.release();
    return length;
  }

  @Benchmark
  public Object decode() {
    decoding.writeInbound(encoded.retainedDuplicate());
    return decoding.readInbound();
  }
}
