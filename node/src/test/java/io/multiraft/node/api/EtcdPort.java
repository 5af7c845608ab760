package io.multiraft.node.api;

import io.multiraft.node.port.tls.Identity;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A listener on loopback whose connections all go to an etcd server, as the shared port does it.
 */
final class EtcdPort implements AutoCloseable {
  static final long PROGRESS_MILLIS = 1_000;
  private static final long ELECTION_TIMEOUT_MILLIS = 500;

  final EtcdServer server;
  final List<Channel> accepted = new CopyOnWriteArrayList<>();
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel listener;

  EtcdPort(Optional<String> boundGroup, long requestTimeoutMillis, InMemoryGroup... groups)
      throws Exception {
    EtcdServerConfig defaults = EtcdServerConfig.defaults("default", ELECTION_TIMEOUT_MILLIS);
    server =
        EtcdServer.start(
            resolver(new ArrayList<>(List.of(groups))),
            groups[0].leaseHolders,
            new EtcdServerConfig(
                "default",
                requestTimeoutMillis,
                defaults.maxConcurrentCallsPerConnection(),
                defaults.maxInboundMessageBytes(),
                2,
                1,
                ELECTION_TIMEOUT_MILLIS,
                PROGRESS_MILLIS));
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted.add(channel);
                    channel
                        .pipeline()
                        .addLast(
                            server.relay(
                                new ConnectionOrigin(
                                    channel.remoteAddress(),
                                    new Identity.PlainText(true),
                                    boundGroup,
                                    Optional.empty(),
                                    Optional.empty())));
                  }
                })
            .bind(new InetSocketAddress("127.0.0.1", 0))
            .sync()
            .channel();
  }

  static GroupResolver resolver(List<InMemoryGroup> groups) {
    return new GroupResolver() {
      @Override
      public Optional<GroupEndpoint> byName(String namespace, String name) {
        return groups.stream()
            .map(InMemoryGroup::endpoint)
            .filter(group -> group.name().equals(name) && group.namespace().equals(namespace))
            .findFirst();
      }

      @Override
      public Optional<GroupEndpoint> byId(int groupId) {
        return groups.stream()
            .filter(group -> group.groupId() == groupId)
            .map(InMemoryGroup::endpoint)
            .findFirst();
      }
    };
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    accepted.forEach(Channel::close);
    server.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
