package io.multiraft.node.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;

/** Frames through the real handlers, without a socket. */
final class Frames {
  private Frames() {}

  /** A connection's receiving side. */
  static EmbeddedChannel receiver(boolean requests, FrameLimits limits, boolean capable) {
    RaftFrameDecoder decoder =
        requests ? RaftFrameDecoder.ofRequests(limits) : RaftFrameDecoder.ofResponses(limits);
    if (capable) {
      decoder.markPeerCapable();
    }
    return new EmbeddedChannel(decoder);
  }

  static List<Frame> received(EmbeddedChannel channel) {
    List<Frame> frames = new ArrayList<>();
    for (Frame frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
      frames.add(frame);
    }
    return frames;
  }

  /** Decodes bytes that are exactly one frame. */
  static Frame decode(boolean request, boolean capable, byte[] bytes) {
    EmbeddedChannel channel = receiver(request, FrameLimits.DEFAULT, capable);
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    List<Frame> frames = received(channel);
    channel.finish();
    if (frames.size() != 1) {
      throw new AssertionError(frames.size() + " frames where one was expected");
    }
    return frames.get(0);
  }

  static byte[] encode(Frame frame) {
    ByteBuf out = RaftFrameEncoder.encode(UnpooledByteBufAllocator.DEFAULT, frame);
    byte[] bytes = bytes(out);
    out.release();
    return bytes;
  }

  static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.getBytes(buffer.readerIndex(), bytes);
    return bytes;
  }
}
