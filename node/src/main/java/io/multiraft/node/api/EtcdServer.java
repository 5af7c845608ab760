package io.multiraft.node.api;

import io.etcd.jetcd.api.KVGrpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.netty.NettyServerBuilder;
import io.multiraft.node.kv.LeaseHolders;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * etcd's services for all groups of a node, on grpc-java's server at an address inside the process.
 * The shared port hands connections over with {@link #relay}.
 *
 * <p>No thread waits for a group: a call's answer is made on a worker once the group's future is
 * done. The workers' queue is bounded by the calls under way, at most {@link
 * EtcdServerConfig#maxConcurrentCallsPerConnection} for each connection.
 */
public final class EtcdServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EtcdServer.class);
  private static final long CHECK_MILLIS = 500;
  private static final AtomicLong COUNTER = new AtomicLong();

  private static final int HANDSHAKE_SECONDS = 10;

  /** Calls that are begun to be cancelled at once would cost their start each. */
  private static final int MAX_CANCELLED_CALLS_PER_WINDOW = 10_000;

  private static final int CANCELLED_CALLS_WINDOW_SECONDS = 10;

  private final LocalAddress address = new LocalAddress("etcd-" + COUNTER.incrementAndGet());
  private final ConnectionOrigins origins = new ConnectionOrigins();
  private final EventLoopGroup innerLoops;
  private final ExecutorService workers;
  private final ScheduledExecutorService timer;
  private final Server server;

  private EtcdServer(GroupResolver groups, LeaseHolders leaseHolders, EtcdServerConfig config) {
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
    timer =
        Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("etcd-timer", true));
    Calls calls = new Calls(workers, config.requestTimeoutMillis());
    WatchService watches = new WatchService(workers);
    server =
        NettyServerBuilder.forAddress(address)
            .channelFactory(CreditedLocalChannel.Server::new)
            // grpc-java sets it for sockets; a channel inside the process would log that it has
            // none
            .withChildOption(ChannelOption.SO_KEEPALIVE, null)
            .bossEventLoopGroup(innerLoops)
            .workerEventLoopGroup(innerLoops)
            .directExecutor()
            .callExecutor(new CallThreads(workers))
            .addTransportFilter(origins)
            .intercept(new GroupChooser(groups, config.clusterNamespace()))
            .addService(new KvService(calls))
            .addService(new ClusterService(calls))
            .addService(new MaintenanceService(calls))
            .addService(watches)
            .addService(new LeaseService(calls))
            .fallbackHandlerRegistry(new OtherMethods(calls))
            .maxInboundMessageSize(config.maxInboundMessageBytes())
            .maxConcurrentCallsPerConnection(config.maxConcurrentCallsPerConnection())
            .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
            .maxRstFramesPerWindow(MAX_CANCELLED_CALLS_PER_WINDOW, CANCELLED_CALLS_WINDOW_SECONDS)
            // etcd's server allows a ping each 5 s; some clients ping without a call under way
            .permitKeepAliveTime(5, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            // and asks a silent client each 2 h whether it is there
            .keepAliveTime(2, TimeUnit.HOURS)
            .keepAliveTimeout(20, TimeUnit.SECONDS)
            .build();
    LeaseKeeper leases = new LeaseKeeper(groups, leaseHolders, config.electionTimeoutMillis());
    every(CHECK_MILLIS, leases::check);
    every(
        CHECK_MILLIS, () -> watches.checkLeaders(CHECK_MILLIS, 3 * config.electionTimeoutMillis()));
    every(config.progressMillis(), watches::tellProgress);
    every(calls.stepMillis(), calls::endLateWaits);
  }

  /**
   * Where a call is served. A put only checks its request and hands it to its group: it stays on
   * the connection's thread, since two hops to a worker and back cost more than the work. All
   * others may read or compute, and go to the workers.
   */
  private record CallThreads(Executor workers) implements ServerCallExecutorSupplier {
    @Override
    public <Q, R> Executor getExecutor(ServerCall<Q, R> call, Metadata headers) {
      boolean isPut = call.getMethodDescriptor() == KVGrpc.getPutMethod();
      return isPut ? null : workers;
    }
  }

  private void every(long millis, Runnable work) {
    timer.scheduleWithFixedDelay(
        () -> {
          try {
            work.run();
          } catch (RuntimeException e) {
            LOG.error("A periodic check failed", e); // the next one is due all the same
          }
        },
        millis,
        millis,
        TimeUnit.MILLISECONDS);
  }

  /** Starts to serve; closed again if that fails. */
  public static EtcdServer start(
      GroupResolver groups, LeaseHolders leaseHolders, EtcdServerConfig config) throws IOException {
    GrpcLogs.quieten();
    EtcdServer etcd = new EtcdServer(groups, leaseHolders, config);
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
    timer.shutdownNow();
    server.shutdownNow();
    workers.shutdown();
    innerLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
