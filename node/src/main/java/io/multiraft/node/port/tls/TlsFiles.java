package io.multiraft.node.port.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Where a node's certificates lie, all in PEM.
 *
 * @param certificateChain the node's certificate, then intermediate ones
 * @param privateKey its key, PKCS #8 without a password
 * @param trustedCas the certificate authorities of nodes and clients
 */
public record TlsFiles(Path certificateChain, Path privateKey, Path trustedCas) {
  private static final int MAX_FILE_BYTES = 1 << 20;

  /** What stood in the files at one moment. */
  record Contents(byte[] certificateChain, byte[] privateKey, byte[] trustedCas) {
    boolean isSameAs(Contents other) {
      return Arrays.equals(certificateChain, other.certificateChain)
          && MessageDigest.isEqual(privateKey, other.privateKey)
          && Arrays.equals(trustedCas, other.trustedCas);
    }
  }

  /**
   * Reads the files.
   *
   * @throws IOException if one cannot be read, or is no certificate by its size
   */
  Contents read() throws IOException {
    return new Contents(read(certificateChain), read(privateKey), read(trustedCas));
  }

  private static byte[] read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
      if (bytes.length > MAX_FILE_BYTES) {
        throw new IOException(file + " is larger than " + MAX_FILE_BYTES + " bytes");
      }
      return bytes;
    } catch (java.nio.file.NoSuchFileException e) {
      throw new IOException(file + " is not there", e);
    }
  }
}
