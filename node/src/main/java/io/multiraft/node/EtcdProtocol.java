package io.multiraft.node;

import io.multiraft.node.api.ConnectionOrigin;
import io.multiraft.node.api.EtcdServer;
import io.multiraft.node.api.EtcdServerConfig;
import io.multiraft.node.api.GroupEndpoint;
import io.multiraft.node.api.GroupResolver;
import io.multiraft.node.group.GroupManager;
import io.multiraft.node.kv.LeaseHolders;
import io.multiraft.node.port.ConnectionAttributes;
import io.multiraft.node.port.tls.Identity;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** etcd's services as a node's client protocol, over the groups of its manager. */
final class EtcdProtocol implements MultiraftNode.ClientProtocol {
  private static final int REFUSED_CLIENT_SECONDS = 30;

  private final EtcdServer server;

  private EtcdProtocol(EtcdServer server) {
    this.server = server;
  }

  static EtcdProtocol start(GroupManager groups, LeaseHolders leaseHolders, NodeConfig config)
      throws IOException {
    return new EtcdProtocol(
        EtcdServer.start(
            new Resolver(groups),
            leaseHolders,
            EtcdServerConfig.defaults(config.clusterNamespace(), config.electionTimeoutMillis())));
  }

  @Override
  public void install(ChannelPipeline pipeline) {
    Channel channel = pipeline.channel();
    SocketAddress client = channel.attr(ConnectionAttributes.CLIENT_ADDRESS).get();
    Identity identity = ConnectionAttributes.identity(channel);
    pipeline.addLast(
        server.relay(
            new ConnectionOrigin(
                client == null ? channel.remoteAddress() : client,
                identity,
                attribute(channel, ConnectionAttributes.BOUND_GROUP),
                attribute(channel, ConnectionAttributes.SERVER_NAME),
                attribute(channel, ConnectionAttributes.TLS_SESSION))));
    if (identity.whyNoClient().isPresent()) {
      // its calls are told why; then it has no business here
      channel.eventLoop().schedule(() -> channel.close(), REFUSED_CLIENT_SECONDS, TimeUnit.SECONDS);
    }
  }

  private static <T> Optional<T> attribute(Channel channel, AttributeKey<T> key) {
    return Optional.ofNullable(channel.attr(key).get());
  }

  @Override
  public void close() {
    server.close();
  }

  /** Finds groups with their stores. */
  private record Resolver(GroupManager groups) implements GroupResolver {
    @Override
    public Optional<GroupEndpoint> byName(String namespace, String name) {
      return groups.byName(namespace, name).map(Resolver::endpoint);
    }

    @Override
    public Optional<GroupEndpoint> byId(int groupId) {
      return groups.byId(groupId).map(Resolver::endpoint);
    }

    private static GroupEndpoint endpoint(RaftServer server) {
      GroupStatus status = server.status();
      return new GroupEndpoint(status.name(), status.namespace(), server);
    }
  }
}
