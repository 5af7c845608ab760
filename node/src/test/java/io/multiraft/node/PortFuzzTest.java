package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.tls.TlsConfig.Provider;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Strangers against two live nodes, one with TLS and one without, while a client of each puts and
 * gets. {@code -Dmultiraft.fuzz.seconds=N} runs on for N seconds; {@code -Dmultiraft.seed=N} makes
 * the same connections again.
 */
class PortFuzzTest {
  private static final int PLAIN = 1;
  private static final int SECURED = 2;
  private static final int CONNECTIONS = 600;
  private static final int BYSTANDERS_GROUP = 1_000;

  /**
   * Groups that frames in good order may reach. Where plain text between nodes was chosen, whoever
   * says hello is believed, so these may lose their leaders, and that must be all.
   */
  private static final int TARGETS = 5;

  private static final int MAX_LINGERING = 40;

  /** Of the bystanders between their rounds: what is tested costs CPU enough. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final long MAX_HEAP_GROWTH_BYTES = 16 << 20;
  private static final long MAX_DIRECT_GROWTH_BYTES = 32 << 20;

  @TempDir Path directory;
  private final long seed = Long.getLong("multiraft.seed", System.nanoTime());
  private final long cpuSecondsAtStart = cpuSeconds();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final Deque<RawClient> lingering = new ArrayDeque<>();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private TlsCluster cluster;
  private PortFuzz fuzz;
  private List<X509Bundle> certificates;
  private final AppenderBase<ILoggingEvent> errorLog =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
            errors.add(event.getFormattedMessage());
          }
        }
      };

  @BeforeEach
  void start() throws Exception {
    // a TLS node that takes frames in plain text, so that they are fuzzed inside TLS and outside
    cluster = new TlsCluster(directory, true, PortLimits.DEFAULT, null, Provider.AUTO);
    for (int node = PLAIN; node <= SECURED; node++) {
      cluster.addGroup(BYSTANDERS_GROUP, "team-a", List.of(node));
      for (int target = 1; target <= TARGETS; target++) {
        cluster.addGroup(target, "target-" + target, List.of(node));
      }
    }
    fuzz = new PortFuzz(cluster.pki.clientContext(null));
    certificates = new ArrayList<>();
    certificates.add(null);
    for (String role : List.of("admin", "client", "group/default/team-a", "nonsense")) {
      certificates.add(cluster.pki.client(TestPki.uri(role)));
    }
    certificates.add(cluster.pki.node(7));
    errorLog.start();
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).addAppender(errorLog);
  }

  @AfterEach
  void stop() {
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).detachAppender(errorLog);
    channels.forEach(ManagedChannel::shutdownNow);
    cluster.close();
  }

  /** A client that has nothing to do with it all. */
  private final class Bystander implements Runnable {
    private final KVGrpc.KVBlockingStub kv;
    private final AtomicBoolean enough = new AtomicBoolean();
    private final CompletableFuture<Void> done;
    final AtomicInteger rounds = new AtomicInteger();

    Bystander(int node) throws Exception {
      NettyChannelBuilder builder =
          NettyChannelBuilder.forAddress(cluster.address(node))
              .overrideAuthority("team-a.default.svc");
      if (node == PLAIN) {
        builder.usePlaintext();
      } else {
        X509Bundle own = cluster.pki.client(TestPki.uri("group/default/team-a"));
        builder.sslContext(
            GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                .trustManager(cluster.pki.authority.getRootCertificate())
                .keyManager(own.getKeyPair().getPrivate(), own.getCertificatePath())
                .build());
      }
      ManagedChannel channel = builder.build();
      channels.add(channel);
      kv = KVGrpc.newBlockingStub(channel);
      round();
      done = CompletableFuture.runAsync(this);
    }

    @Override
    public void run() {
      while (!enough.get()) {
        round();
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }

    private void round() {
      ByteString key = ByteString.copyFromUtf8("k");
      ByteString value = ByteString.copyFromUtf8("v" + rounds.get());
      KVGrpc.KVBlockingStub bounded = kv.withDeadlineAfter(60, TimeUnit.SECONDS);
      bounded.put(PutRequest.newBuilder().setKey(key).setValue(value).build());
      assertThat(bounded.range(RangeRequest.newBuilder().setKey(key).build()).getKvs(0).getValue())
          .isEqualTo(value);
      rounds.incrementAndGet();
    }

    void end() {
      enough.set(true);
      assertThat(done)
          .as("seed %d, after %d rounds", seed, rounds.get())
          .succeedsWithin(90, TimeUnit.SECONDS);
    }
  }

  @Test
  void strangersHarmNobody() throws Exception {
    List<Bystander> bystanders = List.of(new Bystander(PLAIN), new Bystander(SECURED));
    Map<PortFuzz.Kind, Integer> made = new TreeMap<>();
    attack(0, CONNECTIONS / 3, 0, made);
    settle();
    long heapBytes = heapBytes();
    long directBytes = directBytes();
    long seconds = Long.getLong("multiraft.fuzz.seconds", 0);
    int connections = attack(CONNECTIONS / 3, CONNECTIONS, seconds, made);
    settle();
    long heapGrowthBytes = heapBytes() - heapBytes;
    long directGrowthBytes = directBytes() - directBytes;
    bystanders.forEach(Bystander::end);
    report(connections, made, bystanders, heapGrowthBytes, directGrowthBytes);
    assertThat(errors).as("seed " + seed).isEmpty();
    assertThat(heapGrowthBytes).as("heap, seed " + seed).isLessThan(MAX_HEAP_GROWTH_BYTES);
    assertThat(directGrowthBytes).as("direct, seed " + seed).isLessThan(MAX_DIRECT_GROWTH_BYTES);
    for (int node = PLAIN; node <= SECURED; node++) {
      List<GroupStatus> groups = cluster.node(node).groups().statuses();
      assertThat(groups).as("seed " + seed).hasSize(1 + TARGETS);
      assertThat(groups).as("seed " + seed).allMatch(group -> group.failure().isEmpty());
    }
    // each comes up some ten times or more in the short run
    for (String reason :
        List.of(
            "unknown-protocol",
            "bad-proxy-header",
            "bad-frame-checksum",
            "raft-not-allowed",
            "raft-without-certificate",
            "http-malformed",
            "http2-ended",
            "tls-handshake")) {
      assertThat(cluster.refused(PLAIN, reason) + cluster.refused(SECURED, reason))
          .as(reason + ", seed " + seed)
          .isPositive();
    }
  }

  /** Makes the connections of these numbers, or more if there is time left; how many it were. */
  private int attack(int from, int to, long seconds, Map<PortFuzz.Kind, Integer> made)
      throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    int number = from;
    while (number < to || System.nanoTime() - deadline < 0) {
      // neighbouring seeds would give nearly the same first numbers
      Random random = new Random((seed + number) * 0x9e3779b97f4a7c15L);
      PortFuzz.Kind[] kinds = PortFuzz.Kind.values();
      PortFuzz.Kind kind = kinds[random.nextInt(kinds.length)];
      made.merge(kind, 1, Integer::sum);
      try {
        connect(kind, random);
      } catch (IOException e) {
        // the node was quicker to close
      }
      number++;
    }
    return number;
  }

  private void connect(PortFuzz.Kind kind, Random random) throws Exception {
    byte[] bytes = fuzz.make(kind, random);
    int node = random.nextBoolean() ? PLAIN : SECURED;
    RawClient client = RawClient.plain(cluster.address(node));
    try {
      if (node == SECURED && random.nextInt(3) == 0) {
        X509Bundle own = certificates.get(random.nextInt(certificates.size()));
        String version = random.nextBoolean() ? "TLSv1.3" : "TLSv1.2";
        client = client.secure(cluster.pki.clientContext(own), version, Optional.empty());
      }
      client.sendInPieces(bytes, random);
      client.leave(random);
    } catch (IOException e) {
      client.close();
      throw e;
    }
    if (client.isOpen()) {
      lingering.add(client);
      if (lingering.size() > MAX_LINGERING) {
        lingering.remove().close();
      }
    }
  }

  /** Ends every connection of this test's strangers and waits until the nodes have noticed. */
  private void settle() throws Exception {
    while (!lingering.isEmpty()) {
      lingering.remove().close();
    }
    for (int node = PLAIN; node <= SECURED; node++) {
      int id = node;
      // the bystander's, and the one that asks
      Awaitility.await("only known connections are open on node " + id + ", seed " + seed)
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> cluster.metric(id, cluster.pki, "multiraft_port_connections") == 2);
    }
  }

  private static long cpuSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toSeconds();
  }

  private static long heapBytes() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  private static long directBytes() {
    long bytes = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider
        && provider != PooledByteBufAllocator.DEFAULT) {
      bytes += provider.metric().usedDirectMemory();
    }
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      bytes += pool.getMemoryUsed();
    }
    return bytes;
  }

  private void report(
      int connections,
      Map<PortFuzz.Kind, Integer> made,
      List<Bystander> bystanders,
      long heapGrowthBytes,
      long directGrowthBytes)
      throws Exception {
    StringBuilder text = new StringBuilder();
    text.append("seed %d: %d connections %s%n".formatted(seed, connections, made));
    text.append(
        "bystanders: %s rounds; heap %+d KiB, direct %+d KiB; CPU %d s%n"
            .formatted(
                bystanders.stream().map(each -> each.rounds.get()).toList(),
                heapGrowthBytes >> 10,
                directGrowthBytes >> 10,
                cpuSeconds() - cpuSecondsAtStart));
    for (int node = PLAIN; node <= SECURED; node++) {
      cluster.samples(node, cluster.pki).entrySet().stream()
          .filter(each -> each.getKey().matches("multiraft_port_(refused|detected)_total.*"))
          .forEach(
              each ->
                  text.append(each.getKey())
                      .append(' ')
                      .append(each.getValue().longValue())
                      .append('\n'));
    }
    System.out.println(text);
  }
}
