package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.tls.TlsConfig.Provider;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes that trust each other by certificate, while certificates and authorities change. */
class TlsClusterTest {
  @TempDir Path directory;
  private TlsCluster cluster;

  @BeforeEach
  void start() throws Exception {
    cluster =
        new TlsCluster(
            directory, false, PortLimits.DEFAULT, Provider.JDK, Provider.AUTO, Provider.AUTO);
    cluster.addGroup(1, "team-a");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private ManagedChannel connect(int nodeId, X509Bundle own, TestPki... trusted) throws Exception {
    return NettyChannelBuilder.forAddress(cluster.address(nodeId))
        .overrideAuthority("localhost")
        .sslContext(
            GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                .trustManager(
                    Stream.of(trusted).map(pki -> pki.authority.getRootCertificate()).toList())
                .keyManager(own.getKeyPair().getPrivate(), own.getCertificatePath())
                .build())
        .build();
  }

  private static void put(ManagedChannel channel) {
    KVGrpc.newBlockingStub(channel)
        .withDeadlineAfter(60, TimeUnit.SECONDS)
        .put(
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8("k"))
                .setValue(ByteString.copyFromUtf8("v"))
                .build());
  }

  private void mountEverywhere(TestPki issuer, String authorities) throws Exception {
    for (int id = 1; id <= 3; id++) {
      X509Bundle own = issuer.node(id);
      TestPki.mount(
          cluster.tlsDirectory(id),
          own.getCertificatePathPEM(),
          own.getPrivateKeyPEM(),
          authorities);
    }
  }

  /** Waits until every node has taken so many changes, over new connections of an issuer. */
  private void awaitTaken(int times, TestPki issuer) {
    for (int id = 1; id <= 3; id++) {
      int nodeId = id;
      Awaitility.await("node " + id + " has taken " + times + " changes")
          .atMost(60, TimeUnit.SECONDS)
          .ignoreException(SSLException.class) // not the issuer's yet
          .until(
              () ->
                  cluster.metric(nodeId, issuer, "multiraft_tls_reloads_total{outcome=\"taken\"}")
                      == times);
    }
  }

  /** Puts without end, and counts; the first that fails ends it and is told. */
  private static final class Traffic implements AutoCloseable {
    final AtomicInteger puts = new AtomicInteger();
    private final AtomicBoolean enough = new AtomicBoolean();
    private final CompletableFuture<Void> done;

    Traffic(Callable<Void> onePut) {
      done =
          CompletableFuture.runAsync(
              () -> {
                try {
                  while (!enough.get()) {
                    onePut.call();
                    puts.incrementAndGet();
                  }
                } catch (Exception e) {
                  throw new IllegalStateException("after " + puts + " puts", e);
                }
              });
    }

    void awaitMore() {
      int before = puts.get();
      Awaitility.await("another put")
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> done.isDone() || puts.get() > before + 1);
      assertThat(done).isNotDone();
    }

    @Override
    public void close() {
      enough.set(true);
      assertThat(done).succeedsWithin(90, TimeUnit.SECONDS);
    }
  }

  @Test
  void anotherAuthorityTakesOverUnderTraffic() throws Exception {
    TestPki old = cluster.pki;
    TestPki next = new TestPki("next");
    String both = old.authority.getRootCertificatePEM() + next.authority.getRootCertificatePEM();
    String role = TestPki.uri("group/default/team-a");
    AtomicReference<X509Bundle> own = new AtomicReference<>(old.client(role));
    ManagedChannel kept = connect(1, own.get(), old, next);
    Callable<Void> onKept =
        () -> {
          put(kept);
          return null;
        };
    Callable<Void> onNew =
        () -> {
          ManagedChannel fresh = connect(2, own.get(), old, next);
          put(fresh);
          fresh.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
          return null;
        };
    try (Traffic onOne = new Traffic(onKept);
        Traffic onMany = new Traffic(onNew)) {
      mountEverywhere(old, both);
      awaitTaken(1, old);
      onMany.awaitMore();
      mountEverywhere(next, both);
      awaitTaken(2, next);
      own.set(next.client(role));
      onMany.awaitMore();
      mountEverywhere(next, next.authority.getRootCertificatePEM());
      awaitTaken(3, next);
      onMany.awaitMore();
      onOne.awaitMore();
    } finally {
      kept.shutdownNow();
    }
    ManagedChannel outdated = connect(1, old.client(role), old, next);
    // the client sees that its issuer is not asked for any more, and shows nothing
    assertThatThrownBy(() -> put(outdated)).hasMessageStartingWith("UNAUTHENTICATED");
    outdated.shutdownNow();

    cluster.stop(3);
    cluster.start(3, Provider.AUTO);
    cluster.awaitGroup(1);
  }

  @Test
  void aNodeThatTheOthersDoNotTrustTakesNoPart() throws Exception {
    cluster.stop(3);
    TestPki elsewhere = new TestPki("elsewhere");
    elsewhere.mount(cluster.tlsDirectory(3), elsewhere.node(3));
    cluster.start(3, Provider.AUTO);
    Awaitility.await("the others refuse it")
        .atMost(60, TimeUnit.SECONDS)
        .until(
            () ->
                cluster.metric(
                        1, cluster.pki, "multiraft_port_refused_total{reason=\"tls-handshake\"}")
                    > 0);
    assertThat(cluster.node(3).groups().byId(1).orElseThrow().status().caughtUp()).isFalse();
    cluster.stop(3);
    cluster.pki.mount(cluster.tlsDirectory(3), cluster.pki.node(3));
    cluster.start(3, Provider.AUTO);
    cluster.awaitGroup(1);
  }
}
