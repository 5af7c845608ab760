package io.multiraft.node.api;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * etcd's services for all groups of a node, on grpc-java's server at an address inside the process.
 * The shared port hands connections over with {@link #relay}.
 *
 * <p>No thread waits for a group: a call's answer is made on a worker once the group's future is
 * done. The workers' queue is bounded by the calls under way, at most {@link
 * EtcdServerConfig#maxConcurrentCallsPerConnection} for each connection.
 */
public final class EtcdServer implements AutoCloseable {
  private static final AtomicLong COUNTER = new AtomicLong();

  private final LocalAddress address = new LocalAddress("etcd-" + COUNTER.incrementAndGet());
  private final ConnectionOrigins origins = new ConnectionOrigins();
  private final EventLoopGroup innerLoops;
  private final ExecutorService workers;
  private final Server server;

  private EtcdServer(GroupResolver groups, EtcdServerConfig config) {
    innerLoops =
        new MultiThreadIoEventLoopGroup(
            config.innerLoopThreads(),
            new DefaultThreadFactory("etcd-loop", true),
            LocalIoHandler.newFactory());
    workers =
        new ThreadPoolExecutor(
            config.workerThreads(),
            config.workerThreads(),
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("etcd-worker", true));
    Calls calls = new Calls(workers, config.requestTimeoutMillis());
    server =
        NettyServerBuilder.forAddress(address)
            .channelFactory(CreditedLocalChannel.Server::new)
            // grpc-java sets it for sockets; a channel inside the process would log that it has
            // none
            .withChildOption(ChannelOption.SO_KEEPALIVE, null)
            .bossEventLoopGroup(innerLoops)
            .workerEventLoopGroup(innerLoops)
            .executor(workers)
            .addTransportFilter(origins)
            .intercept(new GroupChooser(groups, config.clusterNamespace()))
            .addService(new KvService(calls))
            .addService(new ClusterService(calls))
            .addService(new MaintenanceService(calls))
            .fallbackHandlerRegistry(new UnsupportedMethods())
            .maxInboundMessageSize(config.maxInboundMessageBytes())
            .maxConcurrentCallsPerConnection(config.maxConcurrentCallsPerConnection())
            // etcd's server allows a ping each 5 s; some clients ping without a call under way
            .permitKeepAliveTime(5, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            // and asks a silent client each 2 h whether it is there
            .keepAliveTime(2, TimeUnit.HOURS)
            .keepAliveTimeout(20, TimeUnit.SECONDS)
            .build();
  }

  /** Starts to serve; closed again if that fails. */
  public static EtcdServer start(GroupResolver groups, EtcdServerConfig config) throws IOException {
    EtcdServer etcd = new EtcdServer(groups, config);
    try {
      etcd.server.start();
      return etcd;
    } catch (IOException | RuntimeException e) {
      etcd.close();
      throw e;
    }
  }

  /**
   * A handler for one connection whose next bytes are HTTP/2's preface; the last of its pipeline.
   * Bytes that were read already are passed on to it as reads.
   */
  public Http2Relay relay(ConnectionOrigin origin) {
    return new Http2Relay(innerLoops, address, origins, origin);
  }

  /** Takes no new calls, lets those under way end within the time, then ends the rest. */
  public void shutdown(long timeoutMillis) throws InterruptedException {
    server.shutdown();
    if (!server.awaitTermination(timeoutMillis, TimeUnit.MILLISECONDS)) {
      server.shutdownNow();
    }
    close();
  }

  @Override
  public void close() {
    server.shutdownNow();
    workers.shutdown();
    innerLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
