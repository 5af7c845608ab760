package io.multiraft.node.api.admin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cluster's token, read again when its file changes. Thread-safe. */
public final class TokenFile {
  private static final Logger LOG = LoggerFactory.getLogger(TokenFile.class);
  private static final int MAX_TOKEN_BYTES = 4_096;
  private static final long RECHECK_NANOS = 1_000_000_000L;

  private final Optional<Path> path;
  private FileTime readAt = FileTime.fromMillis(0);
  private long checkedNanos;
  private byte[] token = new byte[0];

  /**
   * A token that stands in a file; nothing matches without a file.
   *
   * @throws IOException if the file cannot be read or holds no token
   */
  public TokenFile(Optional<Path> path) throws IOException {
    this.path = path;
    if (path.isPresent()) {
      read(path.get());
    }
  }

  /** Whether {@code candidate} is the token; takes the same time for every wrong one. */
  synchronized boolean matches(String candidate) {
    path.ifPresent(this::rereadWhenChanged);
    return token.length > 0
        && MessageDigest.isEqual(token, candidate.getBytes(StandardCharsets.UTF_8));
  }

  private void rereadWhenChanged(Path file) {
    long now = System.nanoTime();
    if (now - checkedNanos < RECHECK_NANOS) {
      return;
    }
    checkedNanos = now;
    try {
      if (!Files.getLastModifiedTime(file).equals(readAt)) {
        read(file);
        LOG.info("Token read again from {}", file);
      }
    } catch (IOException e) {
      LOG.warn("Token file {} cannot be read, the old token stays: {}", file, e.toString());
    }
  }

  private void read(Path file) throws IOException {
    FileTime modified = Files.getLastModifiedTime(file);
    if (Files.size(file) > MAX_TOKEN_BYTES) {
      throw new IOException("token file " + file + " is larger than " + MAX_TOKEN_BYTES + " bytes");
    }
    String text = Files.readString(file).trim();
    if (text.isEmpty()) {
      throw new IOException("token file " + file + " is empty");
    }
    token = text.getBytes(StandardCharsets.UTF_8);
    readAt = modified;
  }
}
