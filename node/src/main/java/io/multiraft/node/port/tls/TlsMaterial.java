package io.multiraft.node.port.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Certificates and key of a node, checked in all that a peer would find wrong with them, so that a
 * mistake is told once and loudly here in place of at each handshake there.
 *
 * @param chain the node's certificate first
 * @param key belongs to the first certificate
 * @param trustedCas by whom nodes and clients must be certified
 */
record TlsMaterial(List<X509Certificate> chain, PrivateKey key, List<X509Certificate> trustedCas) {
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  /**
   * Reads and checks what stands in the files.
   *
   * @param self the role that the certificate must have
   * @throws IOException with a sentence that says what is wrong with which file
   */
  static TlsMaterial parse(
      TlsFiles files, TlsFiles.Contents contents, CertificateRoles roles, Identity.Node self)
      throws IOException {
    List<X509Certificate> chain =
        certificates(files.certificateChain().toString(), contents.certificateChain());
    List<X509Certificate> cas = certificates(files.trustedCas().toString(), contents.trustedCas());
    X509Certificate own = chain.get(0);
    PrivateKey key = key(files.privateKey().toString(), contents.privateKey(), own.getPublicKey());
    checkRole(files.certificateChain().toString(), own, roles, self);
    TlsMaterial material = new TlsMaterial(chain, key, cas);
    material.checkTrust(files);
    return material;
  }

  private static List<X509Certificate> certificates(String file, byte[] pem) throws IOException {
    List<X509Certificate> found;
    try {
      found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
    } catch (CertificateException e) {
      throw new IOException(file + " holds no certificates in PEM: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      throw new IOException(file + " holds no certificate");
    }
    return found;
  }

  private static PrivateKey key(String file, byte[] pem, PublicKey publicKey) throws IOException {
    Matcher block = PKCS8.matcher(new String(pem, StandardCharsets.ISO_8859_1));
    if (!block.find()) {
      throw new IOException(
          file + " holds no key without a password in PKCS #8 (-----BEGIN PRIVATE KEY-----)");
    }
    try {
      byte[] encoded = Base64.getMimeDecoder().decode(block.group(1));
      PrivateKey key =
          KeyFactory.getInstance(publicKey.getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(encoded));
      if (belongTogether(key, publicKey)) {
        return key;
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          file + " holds no " + publicKey.getAlgorithm() + " key, as the certificate needs", e);
    }
    throw new IOException(file + " is not the certificate's key");
  }

  private static boolean belongTogether(PrivateKey key, PublicKey publicKey)
      throws GeneralSecurityException {
    byte[] text = "a key and its certificate".getBytes(StandardCharsets.US_ASCII);
    Signature signature =
        Signature.getInstance(
            switch (key.getAlgorithm()) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              default -> key.getAlgorithm();
            });
    signature.initSign(key);
    signature.update(text);
    byte[] signed = signature.sign();
    signature.initVerify(publicKey);
    signature.update(text);
    return signature.verify(signed);
  }

  private static void checkRole(
      String file, X509Certificate own, CertificateRoles roles, Identity.Node self)
      throws IOException {
    Identity role = roles.of(own);
    if (!role.equals(self)) {
      throw new IOException(
          file
              + " is not this node's certificate, which has the URI name "
              + roles.uriOf(self)
              + " and no other of this cluster"
              + role.whyNoClient()
                  .filter(why -> role instanceof Identity.Stranger)
                  .map(why -> ": " + why)
                  .orElse(": it is for " + role));
    }
  }

  /** Peers trust the same authorities, so what is not trusted here is not trusted there. */
  private void checkTrust(TlsFiles files) throws IOException {
    try {
      chain.get(0).checkValidity();
      trustManager().checkServerTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN");
      trustManager().checkClientTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN");
    } catch (GeneralSecurityException e) {
      throw new IOException(
          files.certificateChain()
              + " would be refused by peers that trust "
              + files.trustedCas()
              + ", both as server and as client: "
              + e.getMessage(),
          e);
    }
  }

  private X509TrustManager trustManager() throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    try {
      store.load(null, null);
    } catch (IOException e) {
      throw new IllegalStateException("an empty key store cannot be made", e);
    }
    for (int i = 0; i < trustedCas.size(); i++) {
      store.setCertificateEntry("ca-" + i, trustedCas.get(i));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager found) {
        return found;
      }
    }
    throw new GeneralSecurityException("this Java has no X.509 trust manager");
  }

  /** When the node's certificate ends. */
  Instant notAfter() {
    return chain.get(0).getNotAfter().toInstant();
  }
}
