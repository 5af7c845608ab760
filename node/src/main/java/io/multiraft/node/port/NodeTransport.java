package io.multiraft.node.port;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The event loops of a node, shared by its connections and its groups, and the channel types that
 * run on them: epoll where the platform has it, NIO elsewhere.
 */
public final class NodeTransport implements AutoCloseable {
  private final EventLoopGroup loops;
  private final boolean epoll;

  /**
   * Starts the loops.
   *
   * @param threads how many, 1 and up
   */
  public NodeTransport(int threads) {
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

  /** Each loop once, in a fixed order. */
  public List<EventLoop> eachLoop() {
    List<EventLoop> each = new ArrayList<>();
    for (EventExecutor executor : loops) {
      each.add((EventLoop) executor);
    }
    return each;
  }

  Class<? extends ServerChannel> serverChannelType() {
    return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  Class<? extends SocketChannel> channelType() {
    return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
