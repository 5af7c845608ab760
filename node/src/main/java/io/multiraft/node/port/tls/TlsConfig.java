package io.multiraft.node.port.tls;

import java.util.Objects;

/**
 * A node's TLS.
 *
 * @param files certificates and key
 * @param clusterName as roles in certificates name the cluster
 * @param provider what does the cryptography
 * @param pollMillis how often the files are looked at
 */
public record TlsConfig(TlsFiles files, String clusterName, Provider provider, int pollMillis) {
  /** A mounted Secret follows its object after up to a minute; this adds little. */
  public static final int DEFAULT_POLL_MILLIS = 5_000;

  /** Who does the cryptography. */
  public enum Provider {
    /** BoringSSL where its library can be loaded, the JDK elsewhere. */
    AUTO,
    /** The JDK's own. */
    JDK,
    /** BoringSSL through netty-tcnative. */
    OPENSSL
  }

  /**
   * Checks what does not need the files.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  public TlsConfig {
    Objects.requireNonNull(files, "files");
    Objects.requireNonNull(provider, "provider");
    if (!CertificateRoles.isClusterName(clusterName)) {
      throw new IllegalArgumentException(
          "cluster name must be lower-case labels with dots between, such as demo.default: "
              + clusterName);
    }
    if (pollMillis <= 0) {
      throw new IllegalArgumentException("the interval between looks at the files is positive");
    }
  }
}
