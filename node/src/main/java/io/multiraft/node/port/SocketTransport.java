package io.multiraft.node.port;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Real threads and sockets: epoll where the platform has it, NIO elsewhere. The loops are shared by
 * a node's connections and its groups.
 */
public final class SocketTransport implements NodeTransport {
  private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
  private static final int MAX_WAITING_LOOKUPS = 1_000;
  private static final WriteBufferWaterMark WRITE_MARKS =
      new WriteBufferWaterMark(256 << 10, 1 << 20);

  private final EventLoopGroup loops;
  private final boolean epoll;
  // The JDK's name lookup blocks, which an event loop must not; it also reads the hosts file that
  // jdk.net.hosts.file names, which Netty's own resolver does not.
  private final ExecutorService resolver =
      new ThreadPoolExecutor(
          0,
          2,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(MAX_WAITING_LOOKUPS),
          new DefaultThreadFactory("resolver", true));

  /**
   * Starts the loops.
   *
   * @param threads how many, 1 and up
   */
  public SocketTransport(int threads) {
    this.epoll = Epoll.isAvailable();
    this.loops =
        new MultiThreadIoEventLoopGroup(
            threads,
            new DefaultThreadFactory("loop"),
            epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  }

  /** The group of all loops. */
  public EventLoopGroup loops() {
    return loops;
  }

  @Override
  public List<EventLoop> eachLoop() {
    List<EventLoop> each = new ArrayList<>();
    for (EventExecutor executor : loops) {
      each.add((EventLoop) executor);
    }
    return each;
  }

  @Override
  public EventLoop nextLoop() {
    return loops.next();
  }

  Class<? extends ServerChannel> serverChannelType() {
    return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  private Class<? extends SocketChannel> channelType() {
    return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  @Override
  public Future<Channel> connect(
      EventLoop loop, String host, int port, ChannelHandler initializer) {
    Promise<Channel> connected = loop.newPromise();
    try {
      resolver.execute(() -> resolve(loop, host, port, initializer, connected));
    } catch (RejectedExecutionException e) {
      connected.setFailure(e);
    }
    return connected;
  }

  private void resolve(
      EventLoop loop,
      String host,
      int port,
      ChannelHandler initializer,
      Promise<Channel> connected) {
    try {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), port);
      ChannelFuture connecting = bootstrap(loop, initializer).connect(address);
      connecting.addListener(
          done -> {
            if (done.isSuccess()) {
              connected.setSuccess(connecting.channel());
            } else {
              connected.setFailure(done.cause());
            }
          });
    } catch (UnknownHostException e) {
      connected.setFailure(new UnknownHostException("unknown host " + host));
    } catch (RuntimeException e) {
      connected.setFailure(e);
    }
  }

  private Bootstrap bootstrap(EventLoop loop, ChannelHandler initializer) {
    return new Bootstrap()
        .group(loop)
        .channel(channelType())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_MARKS)
        .handler(initializer);
  }

  @Override
  public void close() {
    resolver.shutdownNow();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
