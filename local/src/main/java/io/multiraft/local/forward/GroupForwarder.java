package io.multiraft.local.forward;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/** A local port of one group. Each connection goes to one of the nodes that are ready then. */
public final class GroupForwarder implements AutoCloseable {
  private static final int CONNECT_TIMEOUT_MILLIS = 2_000;

  private final EventLoopGroup loops;
  private final String authority;
  private final Supplier<List<InetSocketAddress>> nodes;
  private final Channel listener;

  /**
   * Listens until it is closed.
   *
   * @param authority {@code <group>.<namespace>}
   * @param nodes the nodes that are ready now
   * @throws IOException when somebody else listens there
   */
  public GroupForwarder(
      EventLoopGroup loops,
      InetSocketAddress address,
      String authority,
      Supplier<List<InetSocketAddress>> nodes)
      throws IOException {
    this.loops = loops;
    this.authority = authority;
    this.nodes = nodes;
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(initializer(this::accepted))
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("cannot listen on " + address, bound.cause());
    }
    this.listener = bound.channel();
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
  }

  private interface Accept {
    void channel(SocketChannel channel);
  }

  private static ChannelHandler initializer(Accept accept) {
    return new ChannelInitializer<SocketChannel>() {
      @Override
      protected void initChannel(SocketChannel channel) {
        accept.channel(channel);
      }
    };
  }

  private void accepted(SocketChannel client) {
    List<InetSocketAddress> candidates = new ArrayList<>(nodes.get());
    Collections.shuffle(candidates);
    connect(client, new ArrayDeque<>(candidates));
  }

  private void connect(SocketChannel client, Deque<InetSocketAddress> candidates) {
    InetSocketAddress candidate = candidates.poll();
    if (candidate == null) {
      client.close(); // no node is ready; etcd clients connect again
      return;
    }
    new Bootstrap()
        .group(client.eventLoop())
        .channel(NioSocketChannel.class)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(candidate)
        .addListener(
            (ChannelFuture connected) -> {
              if (connected.isSuccess()) {
                join(client, connected.channel());
              } else {
                connect(client, candidates);
              }
            });
  }

  private void join(SocketChannel client, Channel node) {
    if (!client.isActive()) {
      node.close();
      return;
    }
    node.pipeline().addLast(HAProxyMessageEncoder.INSTANCE);
    node.writeAndFlush(ProxyHeader.of(authority, client.remoteAddress(), client.localAddress()))
        .addListener(
            written -> {
              if (!written.isSuccess()) {
                client.close();
                node.close();
                return;
              }
              node.pipeline().remove(HAProxyMessageEncoder.INSTANCE);
              node.pipeline().addLast(new Relay(client));
              client.pipeline().addLast(new Relay(node));
            });
  }
}
