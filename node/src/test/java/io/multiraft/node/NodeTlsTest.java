package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.multiraft.node.port.tls.NodeTls;
import io.multiraft.node.port.tls.TlsConfig;
import io.multiraft.node.port.tls.TlsConfig.Provider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with certificate files is said, at the start and later, and changes nothing. */
class NodeTlsTest {
  private static final int POLL_MILLIS = 20;

  @TempDir Path directory;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private TestPki pki;

  @BeforeEach
  void issue() throws Exception {
    pki = new TestPki("ca");
  }

  /** Files that are wrong in one way each, and what is said about it. */
  private enum Mistake {
    NO_CERTIFICATE("tls.crt holds no certificate") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        TestPki.mount(directory, "", pki.node(1).getPrivateKeyPEM(), ca(pki));
      }
    },
    NO_PEM("tls.crt holds no certificates in PEM") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        TestPki.mount(directory, "garbage", pki.node(1).getPrivateKeyPEM(), ca(pki));
      }
    },
    NO_KEY("tls.key holds no key without a password in PKCS #8") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        String chain = pki.node(1).getCertificatePathPEM();
        TestPki.mount(directory, chain, "-----BEGIN EC PRIVATE KEY-----", ca(pki));
      }
    },
    OTHER_KEY("tls.key is not the certificate's key") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        String chain = pki.node(1).getCertificatePathPEM();
        TestPki.mount(directory, chain, pki.node(1).getPrivateKeyPEM(), ca(pki));
      }
    },
    OTHER_KIND_OF_KEY("tls.key holds no EC key, as the certificate needs") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        String chain = pki.node(1).getCertificatePathPEM();
        String key =
            new CertificateBuilder()
                .rsa2048()
                .subject("CN=x")
                .setIsCertificateAuthority(true)
                .buildSelfSigned()
                .getPrivateKeyPEM();
        TestPki.mount(directory, chain, key, ca(pki));
      }
    },
    NO_AUTHORITY("ca.crt holds no certificate") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        X509Bundle own = pki.node(1);
        TestPki.mount(directory, own.getCertificatePathPEM(), own.getPrivateKeyPEM(), "");
      }
    },
    OTHER_AUTHORITY("would be refused by peers that trust") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        X509Bundle own = pki.node(1);
        TestPki.mount(
            directory,
            own.getCertificatePathPEM(),
            own.getPrivateKeyPEM(),
            ca(new TestPki("elsewhere")));
      }
    },
    OTHER_NODE(
        "is not this node's certificate, which has the URI name multiraft://demo.default/node/1") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        pki.mount(directory, pki.node(2));
      }
    },
    NO_ROLE("must have exactly one role in this cluster") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        pki.mount(directory, pki.client());
      }
    },
    EXPIRED("would be refused by peers") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        pki.mount(directory, pki.expiredClient(TestPki.uri("node/1")));
      }
    },
    NOT_FOR_SERVERS("would be refused by peers") {
      @Override
      void mount(Path directory, TestPki pki) throws Exception {
        pki.mount(directory, pki.client(TestPki.uri("node/1")));
      }
    };

    final String said;

    Mistake(String said) {
      this.said = said;
    }

    abstract void mount(Path directory, TestPki pki) throws Exception;

    private static String ca(TestPki pki) {
      return pki.authority.getRootCertificatePEM();
    }
  }

  private NodeTls start() throws IOException {
    return NodeTls.start(
        new TlsConfig(TestPki.files(directory), TestPki.CLUSTER, Provider.JDK, POLL_MILLIS),
        1,
        registry);
  }

  @ParameterizedTest
  @EnumSource(Mistake.class)
  void aNodeDoesNotStartWithIt(Mistake mistake) throws Exception {
    mistake.mount(directory, pki);
    assertThatThrownBy(this::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(mistake.said);
  }

  @ParameterizedTest
  @EnumSource(Mistake.class)
  void aRunningNodeKeepsWhatItHasAndSaysSo(Mistake mistake) throws Exception {
    pki.mount(directory, pki.node(1));
    try (NodeTls tls = start()) {
      double expiry = expirySeconds();
      mistake.mount(directory, pki);
      await(() -> registry.get("multiraft.tls.files.refused").gauge().value() == 1);
      assertThat(reloads("refused")).isEqualTo(1);
      assertThat(reloads("taken")).isZero();
      assertThat(expirySeconds()).isEqualTo(expiry);
      assertThat(tls.accept(io.netty.buffer.ByteBufAllocator.DEFAULT)).isNotNull();

      X509Bundle longer =
          new CertificateBuilder()
              .ecp256()
              .subject("CN=node-1")
              .addSanUriName(TestPki.uri("node/1"))
              .notAfter(Instant.now().plus(Duration.ofDays(4_000)))
              .buildIssuedBy(pki.authority);
      pki.mount(directory, longer);
      await(() -> registry.get("multiraft.tls.files.refused").gauge().value() == 0);
      assertThat(reloads("taken")).isEqualTo(1);
      assertThat(expirySeconds()).isGreaterThan(expiry);
    }
  }

  @Test
  void filesThatAreGoneChangeNothingUntilTheyAreBack() throws Exception {
    X509Bundle own = pki.node(1);
    pki.mount(directory, own);
    try (NodeTls tls = start()) {
      Files.delete(directory.resolve("tls.key"));
      await(() -> registry.get("multiraft.tls.files.refused").gauge().value() == 1);
      assertThat(tls.accept(io.netty.buffer.ByteBufAllocator.DEFAULT)).isNotNull();
      pki.mount(directory, own);
      await(() -> registry.get("multiraft.tls.files.refused").gauge().value() == 0);
    }
  }

  @Test
  void theSameFilesBackAfterAMistakeAreInOrderAgain() throws Exception {
    X509Bundle own = pki.node(1);
    pki.mount(directory, own);
    try (NodeTls tls = start()) {
      pki.mount(directory, pki.node(2));
      await(() -> registry.get("multiraft.tls.files.refused").gauge().value() == 1);
      pki.mount(directory, own);
      await(() -> registry.get("multiraft.tls.files.refused").gauge().value() == 0);
      assertThat(tls).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Demo", "a/b", "a..b", "-a"})
  void aClusterNameThatNoCertificateCanHaveIsRefused(String name) {
    assertThatThrownBy(
            () ->
                new TlsConfig(
                    TestPki.files(directory), name, Provider.JDK, TlsConfig.DEFAULT_POLL_MILLIS))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private double expirySeconds() {
    return registry.get("multiraft.tls.certificate.expiry").timeGauge().value(TimeUnit.SECONDS);
  }

  private double reloads(String outcome) {
    return registry.get("multiraft.tls.reloads").tag("outcome", outcome).counter().count();
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(condition);
  }
}
