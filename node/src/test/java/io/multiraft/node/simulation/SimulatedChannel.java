package io.multiraft.node.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelId;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;

/** One end of a simulated connection: what is flushed goes to the other end as bytes. */
final class SimulatedChannel extends AbstractChannel {
  private static final ChannelMetadata METADATA = new ChannelMetadata(false);

  /** Takes what this end does. */
  interface Wire {
    void send(byte[] bytes);

    void closed();
  }

  private record Id(long number) implements ChannelId {
    private static final long serialVersionUID = 1;

    @Override
    public String asShortText() {
      return Long.toString(number);
    }

    @Override
    public String asLongText() {
      return asShortText();
    }

    @Override
    public int compareTo(ChannelId other) {
      return Long.compare(number, ((Id) other).number);
    }
  }

  private final ChannelConfig config = new DefaultChannelConfig(this);
  private final InetSocketAddress remote;
  private final Queue<byte[]> arrived = new ArrayDeque<>();
  private Wire wire;
  private boolean open = true;
  private boolean wantsToRead;

  SimulatedChannel(long number, InetSocketAddress remote) {
    super(null, new Id(number));
    this.remote = remote;
  }

  void connect(Wire to) {
    this.wire = to;
  }

  /** Bytes have arrived. On the loop. */
  void arrived(byte[] bytes) {
    if (open) {
      arrived.add(bytes);
      deliver();
    }
  }

  /** The other end is gone. On the loop. */
  void reset() {
    unsafe().close(voidPromise());
  }

  private void deliver() {
    if (!wantsToRead || arrived.isEmpty()) {
      return;
    }
    wantsToRead = false;
    pipeline().fireChannelRead(Unpooled.wrappedBuffer(arrived.remove()));
    pipeline().fireChannelReadComplete();
  }

  @Override
  protected void doBeginRead() {
    wantsToRead = true;
    if (!arrived.isEmpty()) {
      eventLoop().execute(this::deliver);
    }
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws IOException {
    for (Object message = in.current(); message != null; message = in.current()) {
      wire.send(ByteBufUtil.getBytes((ByteBuf) message));
      in.remove();
    }
  }

  @Override
  protected void doClose() {
    if (open) {
      open = false;
      arrived.clear();
      wire.closed();
    }
  }

  @Override
  protected void doDisconnect() {
    doClose();
  }

  @Override
  protected void doBind(SocketAddress localAddress) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop instanceof SimulatedLoop;
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new AbstractUnsafe() {
      @Override
      public void connect(SocketAddress to, SocketAddress from, ChannelPromise promise) {
        promise.setFailure(new UnsupportedOperationException());
      }
    };
  }

  @Override
  protected SocketAddress localAddress0() {
    return null;
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return remote;
  }

  @Override
  public ChannelConfig config() {
    return config;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isActive() {
    return open;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }
}
