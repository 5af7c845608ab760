package io.multiraft.local.control;

import io.multiraft.local.files.LocalFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/**
 * What the parts of a control plane show each other: bearer tokens, and the key that service
 * account tokens are signed with. Made once for each state directory. The API server makes its own
 * serving certificate.
 */
record Credentials(
    String adminToken,
    String controllerManagerToken,
    Path tokenFile,
    Path serviceAccountKey,
    Path serviceAccountPublicKey) {
  private static final int TOKEN_BYTES = 32;
  private static final int RSA_BITS = 2048;
  private static final int PEM_LINE = 64;

  /** Makes what is not there yet. */
  static Credentials in(Path directory) throws IOException {
    Files.createDirectories(directory);
    Path privateKey = directory.resolve("service-account.key");
    Path publicKey = directory.resolve("service-account.pub");
    if (!Files.exists(publicKey)) {
      KeyPair pair = rsa();
      LocalFiles.writePrivate(privateKey, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
      LocalFiles.writePrivate(publicKey, pem("PUBLIC KEY", pair.getPublic().getEncoded()));
    }
    String admin = token();
    String controllerManager = token();
    Path tokens = directory.resolve("tokens.csv");
    LocalFiles.writePrivate(
        tokens,
        admin
            + ",admin,admin,\"system:masters\"\n"
            + controllerManager
            + ",system:kube-controller-manager,kcm\n");
    return new Credentials(admin, controllerManager, tokens, privateKey, publicKey);
  }

  private static String token() {
    byte[] bytes = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static KeyPair rsa() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(RSA_BITS);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has RSA", e);
    }
  }

  private static String pem(String type, byte[] der) {
    String base64 =
        Base64.getMimeEncoder(PEM_LINE, "\n".getBytes(StandardCharsets.US_ASCII))
            .encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n";
  }
}
