package io.multiraft.node.port.tls;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's TLS, for the connections that it accepts and the ones that it opens. The files are
 * looked at again and again; once they hold other certificates that are in order, new connections
 * use those. Files that are not in order change nothing and are told about. Thread-safe.
 *
 * <p>Client certificates are asked for and need not be shown; one that is shown must be right.
 */
public final class NodeTls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeTls.class);

  /** What peers offer in the handshake (ALPN). */
  public static final String RAFT_PROTOCOL = "multiraft";

  /** In the order of this side's choice: whoever offers both is a browser or curl, not gRPC. */
  private static final String[] SERVER_PROTOCOLS = {RAFT_PROTOCOL, "http/1.1", "h2"};

  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};
  private static final int HANDSHAKE_THREADS = 2;
  private static final int MAX_WAITING_HANDSHAKES = 1_024;

  /** What new connections use. */
  private record Contexts(TlsMaterial material, SslContext server, SslContext client) {
    void release() {
      ReferenceCountUtil.release(server);
      ReferenceCountUtil.release(client);
    }
  }

  private final TlsConfig config;
  private final Identity.Node self;
  private final CertificateRoles roles;
  private final SslProvider provider;
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("tls-files", true));
  // Signatures and chains take about a millisecond, which is too long for an event loop.
  private final ThreadPoolExecutor handshakes =
      new ThreadPoolExecutor(
          HANDSHAKE_THREADS,
          HANDSHAKE_THREADS,
          10,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MAX_WAITING_HANDSHAKES),
          new DefaultThreadFactory("tls-handshake", true));
  private final Counter reloads;
  private final Counter failedReloads;
  private Contexts current;
  private boolean closed;
  private volatile long notAfterMillis;

  /** What is in use; null while what was looked at last is not. Of the poller alone. */
  private TlsFiles.Contents seen;

  /** What is wrong with the files; null while nothing is. */
  private volatile String problem;

  private NodeTls(TlsConfig config, int nodeId, MeterRegistry registry) throws IOException {
    this.config = config;
    this.self = new Identity.Node(nodeId);
    this.roles = new CertificateRoles(config.clusterName());
    this.provider = provider(config.provider());
    this.reloads = reloadCounter(registry, "taken");
    this.failedReloads = reloadCounter(registry, "refused");
    handshakes.allowCoreThreadTimeOut(true);
    seen = config.files().read();
    use(TlsMaterial.parse(config.files(), seen, roles, self));
    TimeGauge.builder(
            "multiraft.tls.certificate.expiry",
            this,
            TimeUnit.MILLISECONDS,
            tls -> tls.notAfterMillis)
        .description("When the certificate in use ends, in seconds since 1970")
        .register(registry);
    Gauge.builder("multiraft.tls.files.refused", this, tls -> tls.problem == null ? 0 : 1)
        .description("1 while the certificate files are not in order and older ones are in use")
        .register(registry);
  }

  /**
   * Reads the files and begins to look at them.
   *
   * @param nodeId the role that the certificate must have
   * @throws IOException if the files are not in order; its message is for people
   */
  public static NodeTls start(TlsConfig config, int nodeId, MeterRegistry registry)
      throws IOException {
    NodeTls tls = new NodeTls(config, nodeId, registry);
    LOG.info(
        "TLS by {}, certificate of cluster {} until {}",
        tls.provider == SslProvider.JDK ? "the JDK" : OpenSsl.versionString(),
        config.clusterName(),
        java.time.Instant.ofEpochMilli(tls.notAfterMillis));
    tls.poller.scheduleWithFixedDelay(
        tls::poll, config.pollMillis(), config.pollMillis(), TimeUnit.MILLISECONDS);
    return tls;
  }

  private static SslProvider provider(TlsConfig.Provider wanted) throws IOException {
    if (wanted == TlsConfig.Provider.JDK
        || (wanted == TlsConfig.Provider.AUTO && !OpenSsl.isAvailable())) {
      return SslProvider.JDK;
    }
    if (!OpenSsl.isAvailable()) {
      throw new IOException(
          "BoringSSL cannot be loaded: " + OpenSsl.unavailabilityCause().getMessage());
    }
    return SslProvider.OPENSSL_REFCNT;
  }

  private static Counter reloadCounter(MeterRegistry registry, String outcome) {
    return Counter.builder("multiraft.tls.reloads")
        .description("Changes of the certificate files by what became of them")
        .tag("outcome", outcome)
        .register(registry);
  }

  private void poll() {
    try {
      TlsFiles.Contents now = config.files().read();
      if ((seen != null && now.isSameAs(seen)) || !now.isSameAs(config.files().read())) {
        return; // nothing new, or in the middle of a change, which the next look sees whole
      }
      use(TlsMaterial.parse(config.files(), now, roles, self));
      seen = now;
      reloads.increment(); // counted first: whoever sees the problem gone sees why
      problem = null;
      LOG.info(
          "New certificates are in use, until {}", java.time.Instant.ofEpochMilli(notAfterMillis));
    } catch (IOException | RuntimeException e) {
      refuse(String.valueOf(e.getMessage()));
    }
  }

  private void refuse(String why) {
    seen = null; // also the same files may be in order later: a certificate begins some day
    if (!why.equals(problem)) {
      failedReloads.increment();
      problem = why;
      LOG.error(
          "The certificate files are not in order, the certificate until {} stays in use: {}",
          java.time.Instant.ofEpochMilli(notAfterMillis),
          why);
    }
  }

  private void use(TlsMaterial material) throws IOException {
    Contexts made =
        new Contexts(
            material,
            context(SslContextBuilder.forServer(material.key(), material.chain()), material)
                .clientAuth(ClientAuth.OPTIONAL)
                .applicationProtocolConfig(protocols(SERVER_PROTOCOLS))
                .build(),
            context(
                    SslContextBuilder.forClient().keyManager(material.key(), material.chain()),
                    material)
                .endpointIdentificationAlgorithm("HTTPS")
                .applicationProtocolConfig(protocols(RAFT_PROTOCOL))
                .build());
    synchronized (this) {
      if (closed) {
        made.release();
        return;
      }
      if (current != null) {
        current.release();
      }
      current = made;
    }
    notAfterMillis = material.notAfter().toEpochMilli();
  }

  private SslContextBuilder context(SslContextBuilder builder, TlsMaterial material) {
    return builder
        .sslProvider(provider)
        .protocols(VERSIONS)
        // those that HTTP/2 allows; with each of them the past stays secret when the key is lost
        .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
        .trustManager(material.trustedCas());
  }

  private static ApplicationProtocolConfig protocols(String... names) {
    return new ApplicationProtocolConfig(
        Protocol.ALPN,
        SelectorFailureBehavior.NO_ADVERTISE,
        SelectedListenerFailureBehavior.ACCEPT,
        names);
  }

  /** For a connection that was accepted. */
  public synchronized SslHandler accept(ByteBufAllocator allocator) {
    return current.server().newHandler(allocator, handshakes);
  }

  /** For a connection to a peer, whose certificate must be for the host. */
  public synchronized SslHandler connect(ByteBufAllocator allocator, String host, int port) {
    return current.client().newHandler(allocator, host, port, handshakes);
  }

  /** Who is at the other end, once the handshake is done. */
  public Identity identityOf(SSLSession session) {
    X509Certificate certificate;
    try {
      certificate = (X509Certificate) session.getPeerCertificates()[0];
      // a session that is resumed may have outlived it
      certificate.checkValidity();
    } catch (SSLPeerUnverifiedException e) {
      return new Identity.Stranger("this node needs a client certificate");
    } catch (CertificateException e) {
      return new Identity.Stranger("the client certificate is not valid now");
    }
    return roles.of(certificate);
  }

  /** The host name that the client said it connects to; empty if it said none. */
  public static Optional<String> serverNameOf(SSLSession session) {
    if (!(session instanceof ExtendedSSLSession extended)) {
      return Optional.empty();
    }
    return extended.getRequestedServerNames().stream()
        .filter(SNIHostName.class::isInstance)
        .map(name -> ((SNIHostName) name).getAsciiName())
        .findFirst();
  }

  @Override
  public void close() {
    poller.shutdownNow();
    synchronized (this) {
      closed = true;
      current.release();
    }
    handshakes.shutdown();
  }
}
