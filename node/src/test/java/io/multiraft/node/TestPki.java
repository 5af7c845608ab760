package io.multiraft.node;

import io.multiraft.node.port.tls.TlsFiles;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;

/** A certificate authority and what it issues; keys are P-256, as the operator's will be. */
final class TestPki {
  static final String CLUSTER = "demo.default";

  final X509Bundle authority;
  private X509Bundle admin;

  TestPki(String name) throws Exception {
    authority =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=" + name)
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
  }

  /** What the role is in the URI name of a certificate. */
  static String uri(String role) {
    return "multiraft://" + CLUSTER + "/" + role;
  }

  private static CertificateBuilder template(String name) {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=" + name)
        .addSanDnsName("localhost")
        .addSanIpAddress("127.0.0.1");
  }

  X509Bundle node(int nodeId) throws Exception {
    return template("node-" + nodeId)
        .addSanDnsName("team-a.default.svc")
        .addSanDnsName("team-b.default.svc")
        .addSanDnsName("demo-0.demo-nodes.default.svc")
        .addSanUriName(uri("node/" + nodeId))
        .buildIssuedBy(authority);
  }

  X509Bundle client(String... uris) throws Exception {
    CertificateBuilder builder = template("client").addExtendedKeyUsageClientAuth();
    for (String uri : uris) {
      builder = builder.addSanUriName(uri);
    }
    return builder.buildIssuedBy(authority);
  }

  /** The same administrator each time. */
  synchronized X509Bundle admin() throws Exception {
    if (admin == null) {
      admin = client(uri("admin"));
    }
    return admin;
  }

  X509Bundle expiredClient(String uri) throws Exception {
    return template("client")
        .addSanUriName(uri)
        .notBefore(Instant.now().minus(Duration.ofDays(2)))
        .notAfter(Instant.now().minus(Duration.ofDays(1)))
        .buildIssuedBy(authority);
  }

  /** The files of a node in a directory. */
  static TlsFiles files(Path directory) {
    return new TlsFiles(
        directory.resolve("tls.crt"), directory.resolve("tls.key"), directory.resolve("ca.crt"));
  }

  /** Mounts a node's certificate and this authority as a Secret. */
  void mount(Path directory, X509Bundle own) throws IOException {
    mount(
        directory,
        own.getCertificatePathPEM(),
        own.getPrivateKeyPEM(),
        authority.getRootCertificatePEM());
  }

  /** Puts three files in place of what is there as a kubelet does it, all at once by one rename. */
  static void mount(Path directory, String chain, String key, String cas) throws IOException {
    Files.createDirectories(directory);
    Path data = Files.createTempDirectory(directory, "..");
    Files.writeString(data.resolve("tls.crt"), chain);
    Files.writeString(data.resolve("tls.key"), key);
    Files.writeString(data.resolve("ca.crt"), cas);
    Path link = directory.resolve("..data_tmp");
    Files.createSymbolicLink(link, data.getFileName());
    Files.move(link, directory.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    for (String name : new String[] {"tls.crt", "tls.key", "ca.crt"}) {
      if (!Files.exists(directory.resolve(name))) {
        Files.createSymbolicLink(directory.resolve(name), Path.of("..data", name));
      }
    }
  }

  /**
   * A client's side of TLS; {@code own} may be null. It trusts this authority, and shows its
   * certificate whether or not the node says that it trusts the issuer.
   */
  SSLContext clientContext(X509Bundle own) throws Exception {
    KeyManager[] keys = own == null ? null : new KeyManager[] {new OneKey(own)};
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, authority.toTrustManagerFactory().getTrustManagers(), null);
    return context;
  }

  /** Always the same key, which the JDK's own managers would not show to everybody. */
  private static final class OneKey extends X509ExtendedKeyManager {
    private final X509Bundle own;

    OneKey(X509Bundle own) {
      this.own = own;
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return "own";
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return own.getCertificatePath();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return own.getKeyPair().getPrivate();
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {"own"};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return new String[0];
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return null;
    }
  }
}
