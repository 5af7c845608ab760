package io.multiraft.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.sun.management.OperatingSystemMXBean;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.grpc.Attributes;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerTransportFilter;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.multiraft.node.port.tls.Identity;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What the hop from the port to gRPC costs for each call, against the same services on a gRPC
 * server that owns its socket, and what TLS adds: {@code mvn -pl node test
 * -Dtest=HopCostMeasurement -Dmultiraft.hop.rounds=11}. Client and server share the process, so the
 * differences count, not the figures. The ways take turns in each round.
 */
@EnabledIfSystemProperty(named = "multiraft.hop.rounds", matches = "[0-9]+")
class HopCostMeasurement {
  private static final int ONE_AT_A_TIME_CALLS = 2_000;
  private static final int MANY_CALLS = 10_000;
  private static final int OUTSTANDING = 64;
  private static final ByteString KEY = ByteString.copyFromUtf8("key");
  private static final RangeRequest RANGE =
      RangeRequest.newBuilder().setKey(KEY).setSerializable(true).build();

  private final InMemoryGroup group = new InMemoryGroup(7, "team-a");
  private final GroupResolver resolver = EtcdPort.resolver(List.of(group));
  private final Map<String, ManagedChannel> ways = new LinkedHashMap<>();
  private final List<AutoCloseable> open = new ArrayList<>();

  /** Of one way in one round. */
  private record Sample(double cpuMicrosOne, double p50MicrosOne, double cpuMicrosMany) {}

  @Test
  void measure() throws Exception {
    EtcdPort port = new EtcdPort(Optional.of("team-a.default"), 5_000, group);
    open.add(port);
    ways.put("direct", plain(direct()));
    ways.put("hop", plain(port.port()));
    X509Bundle own =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=localhost")
            .addSanDnsName("localhost")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    ways.put("hop, TLS by the JDK", secured(port, own, SslProvider.JDK));
    if (OpenSsl.isAvailable()) {
      ways.put("hop, TLS by BoringSSL", secured(port, own, SslProvider.OPENSSL));
    }
    ByteString value = ByteString.copyFrom(new byte[256]);
    KVGrpc.newBlockingStub(ways.get("direct"))
        .put(PutRequest.newBuilder().setKey(KEY).setValue(value).build());
    int rounds = Integer.getInteger("multiraft.hop.rounds");
    Map<String, List<Sample>> samples = new LinkedHashMap<>();
    for (int round = -2; round < rounds; round++) {
      List<String> order = new ArrayList<>(ways.keySet());
      java.util.Collections.rotate(order, round);
      for (String way : order) {
        Sample sample = sample(ways.get(way));
        if (round >= 0) { // the first warm up
          samples.computeIfAbsent(way, name -> new ArrayList<>()).add(sample);
        }
      }
    }
    report(samples);
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  /** The same interceptor and services on a server that owns its socket. */
  private int direct() throws Exception {
    EtcdServerConfig config = EtcdServerConfig.defaults("default", 1_000);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    ExecutorService workers = Executors.newFixedThreadPool(2);
    ConnectionOrigin origin =
        new ConnectionOrigin(
            new InetSocketAddress("127.0.0.1", 1),
            new Identity.PlainText(true),
            Optional.of("team-a.default"),
            Optional.empty(),
            Optional.empty());
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .channelType(NioServerSocketChannel.class)
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .executor(workers)
            .addTransportFilter(
                new ServerTransportFilter() {
                  @Override
                  public Attributes transportReady(Attributes transport) {
                    return transport.toBuilder().set(ConnectionOrigins.ORIGIN, origin).build();
                  }
                })
            .intercept(new GroupChooser(resolver, "default"))
            .addService(new KvService(new Calls(workers, 5_000)))
            .maxInboundMessageSize(config.maxInboundMessageBytes())
            .maxConcurrentCallsPerConnection(config.maxConcurrentCallsPerConnection())
            .build()
            .start();
    open.add(
        () -> {
          server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
          workers.shutdown();
          loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        });
    return server.getPort();
  }

  private ManagedChannel plain(int port) {
    return open(NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext());
  }

  private ManagedChannel open(NettyChannelBuilder builder) {
    ManagedChannel channel = builder.overrideAuthority("localhost").build();
    open.add(() -> channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS));
    return channel;
  }

  /** A listener with TLS in front of the same server; the client's TLS is the same provider's. */
  private ManagedChannel secured(EtcdPort port, X509Bundle own, SslProvider provider)
      throws Exception {
    SslContext context =
        GrpcSslContexts.configure(
                SslContextBuilder.forServer(own.getKeyPair().getPrivate(), own.getCertificate()),
                provider)
            .build();
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    Channel listener =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(context.newHandler(channel.alloc()))
                        .addLast(
                            port.server.relay(
                                new ConnectionOrigin(
                                    channel.remoteAddress(),
                                    new Identity.PlainText(true),
                                    Optional.of("team-a.default"),
                                    Optional.empty(),
                                    Optional.empty())));
                  }
                })
            .bind(new InetSocketAddress("127.0.0.1", 0))
            .sync()
            .channel();
    open.add(
        () -> {
          listener.close().sync();
          loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        });
    return open(
        NettyChannelBuilder.forAddress((InetSocketAddress) listener.localAddress())
            .sslContext(
                GrpcSslContexts.configure(SslContextBuilder.forClient(), provider)
                    .trustManager(own.getCertificate())
                    .build()));
  }

  private static Sample sample(ManagedChannel channel) throws Exception {
    KVGrpc.KVBlockingStub one = KVGrpc.newBlockingStub(channel);
    long[] nanos = new long[ONE_AT_A_TIME_CALLS];
    long cpu = cpuNanos();
    for (int i = 0; i < nanos.length; i++) {
      long start = System.nanoTime();
      RangeResponse response = one.range(RANGE);
      nanos[i] = System.nanoTime() - start;
      assertThat(response.getKvsCount()).isOne();
    }
    double cpuOne = (cpuNanos() - cpu) / 1e3 / nanos.length;
    Arrays.sort(nanos);
    cpu = cpuNanos();
    many(KVGrpc.newStub(channel));
    double cpuMany = (cpuNanos() - cpu) / 1e3 / MANY_CALLS;
    return new Sample(cpuOne, nanos[nanos.length / 2] / 1e3, cpuMany);
  }

  private static void many(KVGrpc.KVStub kv) throws Exception {
    AtomicInteger left = new AtomicInteger(MANY_CALLS);
    CountDownLatch done = new CountDownLatch(MANY_CALLS);
    AtomicInteger failures = new AtomicInteger();
    for (int i = 0; i < OUTSTANDING; i++) {
      next(kv, left, done, failures);
    }
    assertThat(done.await(120, TimeUnit.SECONDS)).isTrue();
    assertThat(failures).hasValue(0);
  }

  private static void next(
      KVGrpc.KVStub kv, AtomicInteger left, CountDownLatch done, AtomicInteger failures) {
    if (left.getAndDecrement() <= 0) {
      return;
    }
    kv.range(
        RANGE,
        new StreamObserver<>() {
          @Override
          public void onNext(RangeResponse response) {}

          @Override
          public void onError(Throwable failure) {
            failures.incrementAndGet();
            onCompleted();
          }

          @Override
          public void onCompleted() {
            done.countDown();
            next(kv, left, done, failures);
          }
        });
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void report(Map<String, List<Sample>> samples) {
    System.out.printf(
        "%-24s %18s %18s %18s%n",
        "median of rounds, µs",
        "CPU, 1 at a time",
        "p50, 1 at a time",
        "CPU, " + OUTSTANDING + " at a time");
    samples.forEach(
        (way, all) ->
            System.out.printf(
                "%-24s %18.1f %18.1f %18.1f%n",
                way,
                median(all.stream().mapToDouble(Sample::cpuMicrosOne).toArray()),
                median(all.stream().mapToDouble(Sample::p50MicrosOne).toArray()),
                median(all.stream().mapToDouble(Sample::cpuMicrosMany).toArray())));
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
