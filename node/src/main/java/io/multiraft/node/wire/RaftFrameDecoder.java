package io.multiraft.node.wire;

import io.multiraft.node.wire.FrameException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Turns the bytes of one connection into {@link RequestFrame}s on the side that accepted it, or
 * {@link ResponseFrame}s on the side that opened it. A header is checked against the limits, and
 * its checksum where that does not cover the body, before a byte of the body is waited for, so a
 * peer's claim takes no memory; only bytes that have arrived do.
 *
 * <p>What breaks a rule surfaces as a {@link FrameException} in {@code exceptionCaught}, once;
 * everything after it on the connection is thrown away. Runs on the channel's event loop.
 */
public final class RaftFrameDecoder extends ByteToMessageDecoder {
  private static final int TYPE_OFFSET = 1;
  private static final int REQUEST_BODY_BYTES_OFFSET = 42;
  private static final int RESPONSE_BODY_BYTES_OFFSET = 27;
  private static final byte REQUEST_MARKER = 0;
  private static final byte RESPONSE_MARKER = 1;

  private final boolean requests;
  private final FrameLimits limits;
  private final FrameParser parser;
  private final FrameChecksum checksum = new FrameChecksum();
  private final int legacyHeaderBytes;
  private final int bodyBytesOffset;
  private boolean capablePeer;
  private boolean headerProven;
  private boolean broken;
  private long frames;

  private RaftFrameDecoder(boolean requests, FrameLimits limits) {
    this.requests = requests;
    this.limits = limits;
    this.parser = new FrameParser(limits);
    legacyHeaderBytes =
        requests ? RequestFrame.LEGACY_HEADER_BYTES : ResponseFrame.LEGACY_HEADER_BYTES;
    bodyBytesOffset = requests ? REQUEST_BODY_BYTES_OFFSET : RESPONSE_BODY_BYTES_OFFSET;
  }

  /** For an accepted connection. */
  public static RaftFrameDecoder ofRequests(FrameLimits limits) {
    return new RaftFrameDecoder(true, limits);
  }

  /** For a connection that this node opened. */
  public static RaftFrameDecoder ofResponses(FrameLimits limits) {
    return new RaftFrameDecoder(false, limits);
  }

  /**
   * Whether a connection that starts like this may speak Raft: the marker of a request and a type
   * that may come before a {@link Hello}. Looks at the first two readable bytes and needs both.
   */
  public static boolean startsLikeRequest(ByteBuf in) {
    if (in.readableBytes() <= TYPE_OFFSET || in.getByte(in.readerIndex()) != REQUEST_MARKER) {
      return false;
    }
    MessageType type = MessageType.ofCode(in.getUnsignedByte(in.readerIndex() + TYPE_OFFSET));
    return type != null && type.isRequest() && !type.isOwn();
  }

  /** From now on, frames of our own are welcome: the peer has shown its {@link Hello}. */
  public void markPeerCapable() {
    capablePeer = true;
  }

  /** Bytes of the frame that has not come to its end yet, which this decoder holds. */
  public int incompleteBytes() {
    return actualReadableBytes();
  }

  /** Frames decoded so far. */
  public long frames() {
    return frames;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (broken) {
      in.skipBytes(in.readableBytes());
      return;
    }
    try {
      if (next(in, out)) {
        frames++;
        headerProven = false;
      }
    } catch (FrameException e) {
      broken = true;
      in.skipBytes(in.readableBytes());
      throw e;
    }
  }

  @Override
  protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.isReadable()) {
      decode(ctx, in, out);
    }
    if (out.isEmpty() && in.isReadable()) {
      int left = in.readableBytes();
      broken = true;
      in.skipBytes(left);
      throw new FrameException(
          Reason.CUT_SHORT,
          "frame %d: the connection ended after %d of its bytes".formatted(frames, left));
    }
  }

  /** Hands out the next frame, or those that it carries; whether all of it is here. */
  private boolean next(ByteBuf in, List<Object> out) {
    int start = in.readerIndex();
    if (in.readableBytes() <= TYPE_OFFSET) {
      return false;
    }
    MessageType type = checkedType(in, start);
    if (in.readableBytes() < legacyHeaderBytes) {
      return false;
    }
    int flags = in.getIntLE(start + legacyHeaderBytes - Integer.BYTES);
    int bodyBytes = checkedBodyBytes(in, start, type);
    checkExtension(flags, type);
    int headerBytes = legacyHeaderBytes + Flags.extensionBytes(flags);
    if (in.readableBytes() < headerBytes) {
      return false;
    }
    boolean coversBody = FrameChecksum.coversBody(requests, flags);
    if (!coversBody && !headerProven) {
      checkChecksum(in, start, type, checksum.header(in, start, requests, flags).value());
      headerProven = true;
    }
    if (in.readableBytes() - headerBytes < bodyBytes) {
      return false;
    }
    if (coversBody) {
      checksum.header(in, start, requests, flags).add(in, start + headerBytes, bodyBytes);
      checkChecksum(in, start, type, checksum.value());
    }
    parser.begin(type, in, frames, start + headerBytes + bodyBytes);
    if (type.isBatch()) {
      parser.batch(out);
    } else {
      out.add(requests ? parser.request() : parser.response());
    }
    return true;
  }

  private MessageType checkedType(ByteBuf in, int start) {
    byte marker = in.getByte(start);
    byte expected = requests ? REQUEST_MARKER : RESPONSE_MARKER;
    if (marker != expected) {
      throw new FrameException(
          Reason.MARKER,
          "frame %d, byte 0: marker 0x%02x where %s starts with 0x%02x"
              .formatted(frames, marker, requests ? "a request" : "a response", expected));
    }
    int code = in.getUnsignedByte(start + TYPE_OFFSET);
    MessageType type = MessageType.ofCode(code);
    if (type == null || type.isRequest() != requests) {
      throw new FrameException(
          Reason.TYPE,
          "frame %d, byte 1: %d is not the type of %s"
              .formatted(frames, code, requests ? "a request" : "a response"));
    }
    if (type.isOwn() && !capablePeer) {
      throw new FrameException(
          Reason.TYPE, "frame %d, byte 1: %s from a peer without hello".formatted(frames, type));
    }
    return type;
  }

  private int checkedBodyBytes(ByteBuf in, int start, MessageType type) {
    int bodyBytes = in.getIntLE(start + bodyBytesOffset);
    int allowed = type.isHeaderOnly() ? 0 : limits.maxBodyBytes();
    if (type.isBatch()) {
      allowed = Math.min(allowed, FrameBatch.MAX_FRAMES * FrameBatch.itemBytes(type));
    }
    if (bodyBytes < 0 || bodyBytes > allowed) {
      throw new FrameException(
          Reason.BODY_SIZE,
          "frame %d, %s, byte %d: body of %d bytes, allowed are 0 to %d"
              .formatted(frames, type, bodyBytesOffset, bodyBytes, allowed));
    }
    return bodyBytes;
  }

  /** Old peers may set bits they know nothing about; a capable one knows what 0x100 means. */
  private void checkExtension(int flags, MessageType type) {
    if (capablePeer && (flags & Flags.FORM) == Flags.REQUEST_ID) {
      throw new FrameException(
          Reason.EXTENSION,
          "frame %d, %s, byte %d: request id without group id"
              .formatted(frames, type, legacyHeaderBytes - Integer.BYTES));
    }
  }

  private void checkChecksum(ByteBuf in, int start, MessageType type, int computed) {
    int offset = bodyBytesOffset + Integer.BYTES;
    int claimed = in.getIntLE(start + offset);
    if (claimed != computed) {
      throw new FrameException(
          Reason.CHECKSUM,
          "frame %d, %s, byte %d: checksum %08x, computed %08x"
              .formatted(frames, type, offset, claimed, computed));
    }
  }
}
