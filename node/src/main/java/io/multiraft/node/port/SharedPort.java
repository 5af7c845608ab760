package io.multiraft.node.port;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * The one listener of a node. Accepts connections and lets {@link ProtocolDetector} look at them.
 */
public final class SharedPort implements AutoCloseable {
  private static final int BACKLOG = 1_024;
  private static final WriteBufferWaterMark WRITE_MARKS =
      new WriteBufferWaterMark(256 << 10, 1 << 20);

  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Channel listener;

  private SharedPort(Channel listener) {
    this.listener = listener;
  }

  /**
   * Binds the port and begins to accept.
   *
   * @throws IOException if the address cannot be bound
   */
  public static SharedPort bind(
      InetSocketAddress address, SocketTransport transport, PortRules rules) throws IOException {
    SharedPort[] port = new SharedPort[1];
    UndetectedConnections undetected =
        new UndetectedConnections(rules.limits().maxUndetectedConnections());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(transport.loops())
            .channel(transport.serverChannelType())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_MARKS)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted(channel, port, rules, undetected);
                  }
                })
            .register();
    bound.awaitUninterruptibly();
    port[0] = new SharedPort(bound.channel());
    ChannelFuture listening = bound.channel().bind(address).awaitUninterruptibly();
    if (!listening.isSuccess()) {
      throw new IOException("cannot listen on " + address, listening.cause());
    }
    return port[0];
  }

  private static void accepted(
      Channel channel, SharedPort[] port, PortRules rules, UndetectedConnections undetected) {
    PortMetrics metrics = rules.metrics();
    int open = metrics.opened();
    channel.closeFuture().addListener(closed -> metrics.closed());
    if (open > rules.limits().maxConnections()) {
      metrics.refused("too-many-connections", channel, (open - 1) + " are open");
      channel.close();
      return;
    }
    port[0].connections.add(channel);
    Detection.begin(rules, undetected, channel);
  }

  /** The address that is listened on, with the real port where 0 was asked for. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Stops accepting and closes every connection. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    connections.close().awaitUninterruptibly();
  }
}
