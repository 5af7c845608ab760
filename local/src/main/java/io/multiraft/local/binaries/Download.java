package io.multiraft.local.binaries;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Downloads files whose SHA-256 is known. A file appears under its name only when it is whole and
 * right; anything else is deleted.
 */
final class Download {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(30);
  private static final int BUFFER_BYTES = 1 << 16;
  private static final long MAX_FILE_BYTES = 512L << 20;
  private static final int MAX_TEXT_CHARACTERS = 1 << 20;
  private static final long PROGRESS_STEP_BYTES = 16L << 20;

  private final Consumer<String> progress;
  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_TIMEOUT)
          .followRedirects(HttpClient.Redirect.NORMAL)
          .build();

  /**
   * @param progress gets sentences for people
   */
  Download(Consumer<String> progress) {
    this.progress = progress;
  }

  /** A small text, such as a file of checksums. */
  String text(URI source) throws IOException, InterruptedException {
    HttpResponse<InputStream> response = send(source);
    try (InputStream in = response.body()) {
      return new String(in.readNBytes(MAX_TEXT_CHARACTERS), StandardCharsets.UTF_8);
    }
  }

  /**
   * A file.
   *
   * @param sha256 64 hexadecimal digits that its content must have
   * @throws IOException when it cannot be had, is cut off, or is not the file that was meant
   */
  void file(URI source, String sha256, Path target) throws IOException, InterruptedException {
    progress.accept("downloading " + source);
    Files.createDirectories(target.getParent());
    Path part = Files.createTempFile(target.getParent(), target.getFileName().toString(), ".part");
    try {
      String found = receive(source, part);
      if (!found.equals(sha256.toLowerCase(Locale.ROOT))) {
        throw new IOException(
            "%s is not what its checksum says: SHA-256 %s, expected %s"
                .formatted(source, found, sha256));
      }
      progress.accept("SHA-256 verified: " + found);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private String receive(URI source, Path target) throws IOException, InterruptedException {
    HttpResponse<InputStream> response = send(source);
    long expectedBytes = response.headers().firstValueAsLong("content-length").orElse(-1);
    MessageDigest digest = sha256();
    long bytes = 0;
    long nextProgress = PROGRESS_STEP_BYTES;
    try (InputStream in = response.body();
        OutputStream out = Files.newOutputStream(target)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        digest.update(buffer, 0, read);
        bytes += read;
        if (bytes > MAX_FILE_BYTES) {
          throw new IOException(source + " is larger than " + (MAX_FILE_BYTES >> 20) + " MB");
        }
        if (bytes >= nextProgress) {
          progress.accept("  %d MB of %d MB".formatted(bytes >> 20, expectedBytes >> 20));
          nextProgress += PROGRESS_STEP_BYTES;
        }
      }
    }
    if (expectedBytes >= 0 && bytes != expectedBytes) {
      throw new IOException(
          "%s was cut off after %d of %d bytes".formatted(source, bytes, expectedBytes));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private HttpResponse<InputStream> send(URI source) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(source).timeout(RESPONSE_TIMEOUT).build();
    HttpResponse<InputStream> response =
        http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    if (response.statusCode() != 200) {
      response.body().close();
      throw new IOException(source + " answers with HTTP status " + response.statusCode());
    }
    return response;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
