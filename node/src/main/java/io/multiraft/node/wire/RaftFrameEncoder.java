package io.multiraft.node.wire;

import io.multiraft.node.raft.LogEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.EncoderException;
import io.netty.handler.codec.MessageToMessageEncoder;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns {@link RequestFrame}s, {@link ResponseFrame}s and {@link FrameBatch}es into bytes. A frame
 * without large payloads becomes one buffer of exactly its size, so each payload is copied once,
 * out of the heap. Payloads of {@link #WRAPPED_PAYLOAD_BYTES} and more are not copied: they leave
 * as buffers of their own between slices of the rest.
 *
 * <p>Refuses frames whose body is over the limit, which should be the smaller of this node's and
 * the peer's. Runs on the channel's event loop; one for each channel.
 */
public final class RaftFrameEncoder extends MessageToMessageEncoder<Frame> {
  /** From here on a payload leaves uncopied; below, a copy is cheaper than one more buffer. */
  public static final int WRAPPED_PAYLOAD_BYTES = 16 * 1024;

  private final FrameChecksum checksum = new FrameChecksum();
  private final List<ByteBuf> wrapped = new ArrayList<>();
  private final List<Integer> wrappedAt = new ArrayList<>();
  private long maxBodyBytes;

  /** An encoder for a peer that takes bodies of up to {@code maxBodyBytes}. */
  public RaftFrameEncoder(long maxBodyBytes) {
    super(Frame.class);
    limitBodyBytes(maxBodyBytes);
  }

  /** Changes the limit once the peer has told its own. */
  public void limitBodyBytes(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("body limit of " + bytes + " bytes");
    }
    maxBodyBytes = Math.min(bytes, FrameLimits.LARGEST_BODY_BYTES);
  }

  /** A frame in one buffer, which the caller releases. */
  public static ByteBuf encode(ByteBufAllocator allocator, Frame frame) {
    RaftFrameEncoder encoder = new RaftFrameEncoder(FrameLimits.LARGEST_BODY_BYTES);
    return encoder.write(allocator, frame, Integer.MAX_VALUE);
  }

  @Override
  protected void encode(ChannelHandlerContext ctx, Frame frame, List<Object> out) {
    ByteBuf rest = write(ctx.alloc(), frame, WRAPPED_PAYLOAD_BYTES);
    if (wrapped.isEmpty()) {
      out.add(rest);
      return;
    }
    for (int i = 0; i < wrapped.size(); i++) {
      out.add(rest.readRetainedSlice(wrappedAt.get(i) - rest.readerIndex()));
      out.add(wrapped.get(i));
    }
    if (rest.isReadable()) {
      out.add(rest);
    } else {
      rest.release();
    }
    wrapped.clear();
    wrappedAt.clear();
  }

  /** Everything but the payloads to wrap, which are left in {@link #wrapped} with their places. */
  private ByteBuf write(ByteBufAllocator allocator, Frame frame, int wrapFrom) {
    long bodyBytes = frame.bodyBytes();
    if (bodyBytes > maxBodyBytes) {
      throw new EncoderException(
          "%s: body of %d bytes, the peer takes %d".formatted(frame, bodyBytes, maxBodyBytes));
    }
    long copiedBytes = frame.headerBytes() + bodyBytes;
    if (frame instanceof RequestFrame request) {
      for (LogEntry entry : request.entries()) {
        copiedBytes -= entry.payload().length >= wrapFrom ? entry.payload().length : 0;
      }
    }
    int capacity = (int) copiedBytes;
    ByteBuf out = allocator.ioBuffer(capacity, capacity);
    if (frame instanceof RequestFrame request) {
      writeRequest(request, (int) bodyBytes, wrapFrom, out);
    } else if (frame instanceof ResponseFrame response) {
      writeResponse(response, (int) bodyBytes, out);
    } else if (frame instanceof FrameBatch batch) {
      writeBatch(batch, (int) bodyBytes, out);
    }
    return out;
  }

  /** All fields of the header but type, size, checksum and flags are 0. */
  private void writeBatch(FrameBatch batch, int bodyBytes, ByteBuf out) {
    boolean requests = batch.type().isRequest();
    int start = out.writerIndex();
    out.writeByte(requests ? 0 : 1).writeByte(batch.type().code());
    out.writeZero(
        requests ? 2 * Integer.BYTES + 4 * Long.BYTES : 2 * Integer.BYTES + 2 * Long.BYTES + 1);
    out.writeIntLE(bodyBytes);
    int checksumAt = out.writerIndex();
    out.writeIntLE(0).writeIntLE(batch.flags()).writeIntLE(0);
    int bodyAt = out.writerIndex();
    for (Frame frame : batch.frames()) {
      if (frame instanceof RequestFrame request) {
        writeItem(request, out);
      } else if (frame instanceof ResponseFrame response) {
        writeItem(response, out);
      }
    }
    checksum.header(out, start, requests, batch.flags()).add(out, bodyAt, bodyBytes);
    out.setIntLE(checksumAt, checksum.value());
  }

  private static void writeItem(RequestFrame request, ByteBuf out) {
    out.writeByte(request.type().code()).writeIntLE(request.groupId());
    out.writeIntLE(request.sourceId()).writeIntLE(request.destinationId());
    out.writeLongLE(request.term()).writeLongLE(request.lastLogTerm());
    out.writeLongLE(request.lastLogIndex()).writeLongLE(request.commitIndex());
    out.writeLongLE(request.requestId());
  }

  private static void writeItem(ResponseFrame response, ByteBuf out) {
    out.writeByte(response.type().code()).writeIntLE(response.groupId());
    out.writeIntLE(response.sourceId()).writeIntLE(response.destinationId());
    out.writeLongLE(response.term()).writeLongLE(response.nextIndex());
    out.writeByte(response.accepted() ? 1 : 0).writeLongLE(response.requestId());
  }

  private void writeRequest(RequestFrame request, int bodyBytes, int wrapFrom, ByteBuf out) {
    int start = out.writerIndex();
    int flags = request.flags();
    out.writeByte(0).writeByte(request.type().code());
    out.writeIntLE(request.sourceId()).writeIntLE(request.destinationId());
    out.writeLongLE(request.term()).writeLongLE(request.lastLogTerm());
    out.writeLongLE(request.lastLogIndex()).writeLongLE(request.commitIndex());
    out.writeIntLE(bodyBytes);
    int checksumAt = out.writerIndex();
    out.writeIntLE(0).writeIntLE(flags);
    writeExtension(request, out);
    boolean coversBody = FrameChecksum.coversBody(true, flags);
    checksum.header(out, start, true, flags);
    int summedTo = out.writerIndex();
    if (request.meta() != null) {
      writeBlob(request.meta(), out);
    }
    for (LogEntry entry : request.entries()) {
      writeEntry(entry, flags, out);
      byte[] payload = entry.payload();
      if (payload.length < wrapFrom) {
        out.writeBytes(payload);
        continue;
      }
      wrapped.add(Unpooled.wrappedBuffer(payload));
      wrappedAt.add(out.writerIndex());
      if (coversBody) {
        checksum.add(out, summedTo, out.writerIndex() - summedTo).add(payload);
        summedTo = out.writerIndex();
      }
    }
    if (coversBody) {
      checksum.add(out, summedTo, out.writerIndex() - summedTo);
    }
    out.setIntLE(checksumAt, checksum.value());
  }

  private static void writeEntry(LogEntry entry, int flags, ByteBuf out) {
    out.writeLongLE(entry.term()).writeByte(entry.type());
    if ((flags & Flags.LOG_TIMESTAMP) != 0) {
      out.writeLongLE(entry.timestampMicros());
    }
    if ((flags & Flags.CRC_PAYLOAD) != 0) {
      out.writeByte(entry.hasCrc() ? 1 : 0).writeIntLE(entry.hasCrc() ? entry.payloadCrc() : 0);
    }
    out.writeIntLE(entry.payload().length);
  }

  private void writeResponse(ResponseFrame response, int bodyBytes, ByteBuf out) {
    int start = out.writerIndex();
    int flags = response.flags();
    out.writeByte(1).writeByte(response.type().code());
    out.writeIntLE(response.sourceId()).writeIntLE(response.destinationId());
    out.writeLongLE(response.term()).writeLongLE(response.nextIndex());
    out.writeByte(response.accepted() ? 1 : 0).writeIntLE(bodyBytes);
    int checksumAt = out.writerIndex();
    out.writeIntLE(0).writeIntLE(flags);
    writeExtension(response, out);
    int bodyAt = out.writerIndex();
    if (response.meta() != null) {
      writeBlob(response.meta(), out);
    }
    if ((flags & Flags.INCLUDE_HINT) != 0) {
      out.writeShortLE(0).writeShortLE(Long.BYTES).writeLongLE(response.nextBatchBytesHint());
    }
    out.writeBytes(response.context());
    if (response.resultCode() != null) {
      out.writeIntLE(response.resultCode().value());
    }
    checksum.header(out, start, false, flags);
    if (FrameChecksum.coversBody(false, flags)) {
      checksum.add(out, bodyAt, bodyBytes);
    }
    out.setIntLE(checksumAt, checksum.value());
  }

  private static void writeExtension(Frame frame, ByteBuf out) {
    if (frame.isExtended()) {
      out.writeIntLE(frame.groupId());
    }
    if (frame.hasRequestId()) {
      out.writeLongLE(frame.requestId());
    }
  }

  private static void writeBlob(byte[] blob, ByteBuf out) {
    out.writeIntLE(blob.length).writeBytes(blob);
  }
}
