package io.multiraft.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Small writes travel together, in order, and each learns its fate. */
class CreditedLocalChannelTest {
  private static final int WAIT_SECONDS = 30;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
  private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
  private Channel channel;

  @BeforeEach
  void connect() throws InterruptedException {
    LocalAddress address = new LocalAddress("credited-" + System.nanoTime());
    new ServerBootstrap()
        .group(loops)
        .channelFactory(CreditedLocalChannel.Server::new)
        .childHandler(new Receiver())
        .bind(address)
        .sync();
    channel =
        new Bootstrap()
            .group(loops)
            .channelFactory(CreditedLocalChannel::new)
            .handler(new ChannelInboundHandlerAdapter())
            .connect(address)
            .sync()
            .channel();
  }

  @AfterEach
  void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private final class Receiver extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf buffer = (ByteBuf) message;
      byte[] bytes = new byte[buffer.readableBytes()];
      buffer.readBytes(bytes);
      ReferenceCountUtil.release(message);
      received.add(bytes);
    }

    @Override
    public boolean isSharable() {
      return true;
    }
  }

  private static ByteBuf bytes(int length, int value) {
    byte[] array = new byte[length];
    java.util.Arrays.fill(array, (byte) value);
    return Unpooled.wrappedBuffer(array);
  }

  @Test
  void smallWritesBecomeOneAndKeepTheirOrderAroundALargeOne() throws Exception {
    List<ChannelFuture> writes = new ArrayList<>();
    channel
        .eventLoop()
        .submit(
            () -> {
              for (int i = 1; i <= 5; i++) {
                writes.add(channel.write(bytes(10, i)));
              }
              writes.add(channel.write(bytes(100_000, 6)));
              writes.add(channel.write(bytes(10, 7)));
              channel.flush();
            })
        .sync();

    for (ChannelFuture write : writes) {
      assertThat(write.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(write.isSuccess()).isTrue();
    }
    byte[] first = received.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    assertThat(first).hasSize(50);
    assertThat(first[0]).isEqualTo((byte) 1);
    assertThat(first[49]).isEqualTo((byte) 5);
    assertThat(received.poll(WAIT_SECONDS, TimeUnit.SECONDS)).hasSize(100_000);
    assertThat(received.poll(WAIT_SECONDS, TimeUnit.SECONDS)).containsOnly(7);
  }

  @Test
  void aSmallWriteThatWasNotFlushedFailsWhenTheChannelCloses() throws Exception {
    ChannelFuture write =
        channel
            .eventLoop()
            .submit(
                () -> {
                  ChannelFuture future = channel.write(bytes(10, 1));
                  channel.close();
                  return future;
                })
            .get(WAIT_SECONDS, TimeUnit.SECONDS);

    assertThat(write.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(write.isSuccess()).isFalse();
    assertThat(received).isEmpty();
  }

  @Test
  void aWriteToAClosedChannelFails() throws Exception {
    channel.close().sync();

    ChannelFuture write = channel.writeAndFlush(bytes(10, 1));

    assertThat(write.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(write.isSuccess()).isFalse();
  }
}
