package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.tls.TlsConfig.Provider;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each kind of certificate may do on a node's port, with each provider of TLS. */
@ParameterizedClass
@EnumSource(
    value = Provider.class,
    names = {"JDK", "OPENSSL"})
class TlsPortTest {
  private static final String NEWEST = "TLSv1.3";
  private static final Metadata.Key<String> GROUP =
      Metadata.Key.of("multiraft-group", Metadata.ASCII_STRING_MARSHALLER);

  private static TlsCluster cluster;

  @Parameter Provider provider;
  private ManagedChannel channel;

  @BeforeParameterizedClassInvocation
  static void start(Provider provider, @TempDir Path directory) throws Exception {
    assumeTrue(provider == Provider.JDK || OpenSsl.isAvailable(), "BoringSSL is not here");
    cluster = new TlsCluster(directory, false, PortLimits.DEFAULT, provider);
    cluster.addGroup(1, "team-a");
    cluster.addGroup(2, "team-b");
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @AfterEach
  void disconnect() throws Exception {
    if (channel != null) {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  private static X509Bundle client(String role) throws Exception {
    return cluster.pki.client(TestPki.uri(role));
  }

  private static RawClient raw(X509Bundle own, String version, Optional<String> serverName)
      throws Exception {
    return RawClient.plain(cluster.address(1))
        .secure(cluster.pki.clientContext(own), version, serverName);
  }

  private static RawClient raw(X509Bundle own) throws Exception {
    return raw(own, NEWEST, Optional.empty());
  }

  /** etcd's KV over TLS; the host is localhost, which names no group. */
  private KVGrpc.KVBlockingStub kv(X509Bundle own, String version, String host) throws Exception {
    SslContextBuilder tls =
        GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
            .protocols(version)
            .trustManager(cluster.pki.authority.getRootCertificate());
    if (own != null) {
      tls.keyManager(own.getKeyPair().getPrivate(), own.getCertificatePath());
    }
    channel =
        NettyChannelBuilder.forAddress(cluster.address(1))
            .overrideAuthority(host)
            .sslContext(tls.endpointIdentificationAlgorithm(null).build())
            .build();
    return KVGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static KVGrpc.KVBlockingStub named(KVGrpc.KVBlockingStub kv, String group) {
    Metadata metadata = new Metadata();
    metadata.put(GROUP, group);
    return kv.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
  }

  private static PutRequest put() {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8("k"))
        .setValue(ByteString.copyFromUtf8("v"))
        .build();
  }

  private static double metric(String name) throws Exception {
    return cluster.metric(1, cluster.pki, name);
  }

  private static double refused(String reason) throws Exception {
    return cluster.refused(1, reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void everyProtocolRunsOverTls(String version) throws Exception {
    try (RawClient http = raw(client("admin"), version, Optional.empty())) {
      assertThat(http.http("GET", "/v1/node", Optional.empty()))
          .startsWith("200")
          .contains("\"nodeId\":1");
    }
    try (RawClient peer = raw(cluster.pki.node(2), version, Optional.empty())) {
      assertThat(peer.hello(2).orElseThrow().nodeId()).isEqualTo(1);
    }
    assertThat(named(kv(client("client"), version, "localhost"), "team-b").put(put()).getHeader())
        .isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aProxyHeaderMayStandBeforeTlsOrInsideIt(String version) throws Exception {
    byte[] header = RawClient.proxyHeader("team-a.default");
    try (RawClient outer = RawClient.plain(cluster.address(1))) {
      outer.send(header);
      RawClient inner =
          outer.secure(cluster.pki.clientContext(client("admin")), version, Optional.empty());
      assertThat(inner.http("GET", "/v1/node", Optional.empty())).startsWith("200");
    }
    try (RawClient inner = raw(client("admin"), version, Optional.empty())) {
      inner.send(header);
      assertThat(inner.http("GET", "/v1/node", Optional.empty())).startsWith("200");
    }
    double before = refused("untrusted-proxy");
    try (RawClient outer = RawClient.plain(cluster.address(1))) {
      outer.send(header);
      RawClient inner =
          outer.secure(cluster.pki.clientContext(client("admin")), version, Optional.empty());
      inner.send(header);
      assertThat(inner.receiveAll()).as("a second header").isEmpty();
    }
    assertThat(refused("untrusted-proxy")).isEqualTo(before + 1);
  }

  @Test
  void withoutACertificateOnlyProbesAnswer() throws Exception {
    for (String path : new String[] {"/livez", "/readyz"}) {
      try (RawClient http = raw(null)) {
        assertThat(http.http("GET", path, Optional.empty())).startsWith("200");
      }
    }
    for (String path : new String[] {"/metrics", "/v1/node", "/v1/groups?watch=true"}) {
      try (RawClient http = raw(null)) {
        assertThat(http.http("GET", path, Optional.of(TlsCluster.TOKEN)))
            .startsWith("403")
            .contains("this node needs a client certificate");
      }
    }
    assertThatThrownBy(() -> named(kv(null, NEWEST, "localhost"), "team-a").put(put()))
        .hasMessage("UNAUTHENTICATED: this node needs a client certificate");
    double before = refused("raft-without-certificate");
    try (RawClient peer = raw(null)) {
      assertThat(peer.hello(2)).isEmpty();
    }
    assertThat(refused("raft-without-certificate")).isEqualTo(before + 1);
  }

  @Test
  void inPlainTextOnlyProbesAnswer() throws Exception {
    try (RawClient http = RawClient.plain(cluster.address(1))) {
      assertThat(http.http("GET", "/readyz", Optional.empty())).startsWith("200");
    }
    try (RawClient http = RawClient.plain(cluster.address(1))) {
      assertThat(http.http("GET", "/v1/node", Optional.of(TlsCluster.TOKEN)))
          .startsWith("403")
          .contains("over TLS only");
    }
    try (RawClient peer = RawClient.plain(cluster.address(1))) {
      assertThat(peer.hello(2)).isEmpty();
    }
    channel = NettyChannelBuilder.forAddress(cluster.address(1)).usePlaintext().build();
    assertThatThrownBy(() -> named(KVGrpc.newBlockingStub(channel), "team-a").put(put()))
        .hasMessageStartingWith("UNAUTHENTICATED: this node takes requests over TLS only");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aCertificateThatIsNotTrustedEndsTheHandshake(String version) throws Exception {
    X509Bundle fromElsewhere = new TestPki("elsewhere").client(TestPki.uri("admin"));
    X509Bundle expired = cluster.pki.expiredClient(TestPki.uri("admin"));
    for (X509Bundle wrong : new X509Bundle[] {fromElsewhere, expired}) {
      double before = refused("tls-handshake");
      assertThatThrownBy(
              () -> {
                try (RawClient http = raw(wrong, version, Optional.empty())) {
                  // with TLS 1.3 the client learns it with the first answer
                  http.http("GET", "/livez", Optional.empty());
                }
              })
          .isInstanceOf(IOException.class);
      assertThat(refused("tls-handshake")).isEqualTo(before + 1);
    }
  }

  @Test
  void eachRoleMayDoWhatIsItsOwn() throws Exception {
    double before = refused("raft-without-certificate");
    String[] strangers = {"admin", "client", "group/default/team-a", "nonsense", "node/0"};
    for (String role : strangers) {
      try (RawClient peer = raw(client(role))) {
        assertThat(peer.hello(2)).as("frames from " + role).isEmpty();
      }
    }
    assertThat(refused("raft-without-certificate")).isEqualTo(before + strangers.length);
    assertThatThrownBy(
            () -> named(kv(cluster.pki.node(2), NEWEST, "localhost"), "team-a").put(put()))
        .hasMessageStartingWith("UNAUTHENTICATED: a node's certificate is for frames");
  }

  @ParameterizedTest
  @CsvSource({
    "admin, false, 200",
    "client, false, 401",
    "client, true, 200",
    "node/2, false, 401",
    "node/2, true, 200",
    "group/default/team-a, false, 403",
    "group/default/team-a, true, 403",
    "nonsense, true, 403",
  })
  void theAdminApiTakesAnAdministratorOrTheToken(String role, boolean token, String status)
      throws Exception {
    try (RawClient http = raw(client(role))) {
      Optional<String> sent = token ? Optional.of(TlsCluster.TOKEN) : Optional.empty();
      assertThat(http.http("GET", "/v1/node", sent)).startsWith(status);
    }
  }

  @Test
  void aRoleCountsInItsOwnClusterAndOnlyAlone() throws Exception {
    String other = "multiraft://other.default/admin";
    X509Bundle elsewhere = cluster.pki.client(other);
    X509Bundle both = cluster.pki.client(other, TestPki.uri("admin"));
    X509Bundle two = cluster.pki.client(TestPki.uri("client"), TestPki.uri("admin"));
    X509Bundle longer = cluster.pki.client("multiraft://demo.default.evil/admin");
    assertAdminStatus(elsewhere, "403");
    assertAdminStatus(both, "200");
    assertAdminStatus(two, "403");
    assertAdminStatus(longer, "403");
  }

  private static void assertAdminStatus(X509Bundle own, String status) throws Exception {
    try (RawClient http = raw(own)) {
      assertThat(http.http("GET", "/v1/node", Optional.empty())).startsWith(status);
    }
  }

  @Test
  void aNodeSpeaksForItselfOnly() throws Exception {
    double before = refused("other-nodes-certificate");
    try (RawClient peer = raw(cluster.pki.node(2))) {
      assertThat(peer.hello(3)).isEmpty();
    }
    assertThat(refused("other-nodes-certificate")).isEqualTo(before + 1);
  }

  @Test
  void aClientOfOneGroupReachesNoOther() throws Exception {
    KVGrpc.KVBlockingStub kv = kv(client("group/default/team-a"), NEWEST, "localhost");
    assertThat(kv.put(put()).getHeader().getMemberId()).isEqualTo(1);
    assertThat(named(kv, "team-a").put(put())).isNotNull();
    for (String other : new String[] {"team-b", "team-b.default", "2", "nobody"}) {
      assertThatThrownBy(() -> named(kv, other).put(put()))
          .as(other)
          .hasMessageStartingWith("PERMISSION_DENIED");
    }
  }

  @Test
  void theNameInTheHandshakeBindsTheConnectionIfItIsAGroups() throws Exception {
    KVGrpc.KVBlockingStub kv = kv(client("client"), NEWEST, "team-a.default.svc");
    assertThat(kv.put(put())).isNotNull();
    assertThatThrownBy(() -> named(kv, "team-b").put(put()))
        .hasMessageStartingWith("PERMISSION_DENIED");
    channel.shutdownNow();
    KVGrpc.KVBlockingStub byNode = kv(client("client"), NEWEST, "demo-0.demo-nodes.default.svc");
    assertThat(named(byNode, "team-b").put(put())).isNotNull();
  }

  @Test
  void theNameInTheHandshakeDoesNotOverruleTheCertificate() throws Exception {
    KVGrpc.KVBlockingStub kv = kv(client("group/default/team-a"), NEWEST, "team-b.default.svc");
    assertThatThrownBy(() -> kv.put(put())).hasMessageStartingWith("PERMISSION_DENIED");
    assertThatThrownBy(() -> named(kv, "team-a").put(put()))
        .hasMessageStartingWith("PERMISSION_DENIED");
  }

  @Test
  void tellsWhenTheCertificateEnds() throws Exception {
    assertThat(metric("multiraft_tls_certificate_expiry_seconds"))
        .isGreaterThan(System.currentTimeMillis() / 1000.0);
  }
}
