package io.multiraft.local.binaries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs from releases, served by a web server of the test's own. */
class BinariesTest {
  private static final String API_SERVER = "/k8s/v1.36.3/bin/linux/amd64/kube-apiserver";
  private static final String CONTROLLER_MANAGER =
      "/k8s/v1.36.3/bin/linux/amd64/kube-controller-manager";
  private static final String ETCD = "/etcd/v3.6.8/etcd-v3.6.8-linux-amd64.tar.gz";
  private static final String ETCD_SUMS = "/etcd/v3.6.8/SHA256SUMS";

  @TempDir Path directory;

  private final Map<String, byte[]> files = new HashMap<>();
  private final List<String> said = new ArrayList<>();
  private String cutOff = "";
  private HttpServer server;

  @BeforeEach
  void serve() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    byte[] apiServer = "#!/bin/sh\necho api\n".getBytes(StandardCharsets.UTF_8);
    byte[] controllerManager = "#!/bin/sh\necho cm\n".getBytes(StandardCharsets.UTF_8);
    byte[] etcd = tarGz("etcd-v3.6.8-linux-amd64/etcd", "#!/bin/sh\necho etcd\n");
    put(API_SERVER, apiServer);
    put(API_SERVER + ".sha256", sha256(apiServer));
    put(CONTROLLER_MANAGER, controllerManager);
    put(CONTROLLER_MANAGER + ".sha256", sha256(controllerManager));
    put(ETCD, etcd);
    put(ETCD_SUMS, "00  other.tar.gz\n" + sha256(etcd) + "  etcd-v3.6.8-linux-amd64.tar.gz\n");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void whatIsMissingIsDownloadedCheckedAndFoundAgain() throws Exception {
    Map<Program, Path> programs = binaries().obtain();
    assertThat(programs).hasSize(3);
    for (Path file : programs.values()) {
      assertThat(file).isExecutable();
    }
    assertThat(run(programs.get(Program.ETCD))).isEqualTo("etcd\n");
    assertThat(run(programs.get(Program.KUBE_API_SERVER))).isEqualTo("api\n");
    assertThat(said).anyMatch(line -> line.startsWith("SHA-256 verified"));
    said.clear();
    files.clear();
    assertThat(binaries().obtain()).isEqualTo(programs);
    assertThat(said).isEmpty();
  }

  @Test
  void anotherContentThanTheChecksumSaysIsRefusedAndNothingStays() throws IOException {
    put(API_SERVER, "something else".getBytes(StandardCharsets.UTF_8));
    assertRefused("is not what its checksum says");
  }

  @Test
  void aDownloadThatIsCutOffIsRefusedAndNothingStays() throws IOException {
    cutOff = API_SERVER;
    assertRefused("download failed");
  }

  @Test
  void aChecksumThatIsMissingOrNoneIsRefused() throws IOException {
    put(API_SERVER + ".sha256", "<html>not found</html>");
    assertRefused("publishes no SHA-256");
  }

  @Test
  void aReleaseThatIsNotThereIsSaid() throws IOException {
    files.remove(ETCD_SUMS);
    assertRefused("HTTP status 404");
  }

  @Test
  void anArchiveThatEndsTooEarlyIsRefused() throws Exception {
    Path archive = directory.resolve("short.tar.gz");
    byte[] whole = tarGz("etcd", "x".repeat(100_000));
    Files.write(archive, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> TarGz.extract(archive, "etcd", directory.resolve("etcd")))
        .isInstanceOf(IOException.class);
  }

  private void assertRefused(String words) throws IOException {
    assertThatThrownBy(() -> binaries().obtain())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(words)
        .hasMessageContaining("there is no Go toolchain")
        .hasMessageContaining("KUBEBUILDER_ASSETS");
    try (Stream<Path> all = Files.walk(directory)) {
      assertThat(all.filter(Files::isRegularFile).map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.contains("kube-apiserver") || name.endsWith(".part"));
    }
  }

  private Binaries binaries() {
    Platform platform = new Platform("linux", "amd64");
    URI base = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    Releases releases =
        new Releases(
            base.resolve("k8s/"), base.resolve("etcd/"), platform, new Download(said::add));
    return new Binaries(
        Map.of("XDG_CACHE_HOME", directory.toString()),
        platform,
        directory.resolve("no-module"),
        releases,
        said::add);
  }

  private void put(String path, byte[] content) {
    files.put(path, content);
  }

  private void put(String path, String content) {
    files.put(path, content.getBytes(StandardCharsets.UTF_8));
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] content = files.get(path);
    if (content == null) {
      exchange.sendResponseHeaders(404, -1);
    } else if (path.equals(cutOff)) {
      exchange.sendResponseHeaders(200, content.length * 2L);
      exchange.getResponseBody().write(content);
      exchange.getResponseBody().flush();
    } else {
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content);
    }
    exchange.close();
  }

  private static String run(Path program) throws IOException {
    return new String(
        new ProcessBuilder(program.toString()).start().getInputStream().readAllBytes(),
        StandardCharsets.UTF_8);
  }

  private static String sha256(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }

  /** A tar archive with another file before the one that is meant. */
  private static byte[] tarGz(String name, String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(entry("README", "r".repeat(700)));
      out.write(entry(name, content));
      out.write(new byte[1024]);
    }
    return bytes.toByteArray();
  }

  private static byte[] entry(String name, String content) {
    int blocks = (content.length() + 511) / 512;
    byte[] entry = new byte[512 + blocks * 512];
    copy(name, entry, 0);
    copy("%011o".formatted(content.length()), entry, 124);
    copy(content, entry, 512);
    return entry;
  }

  private static void copy(String text, byte[] target, int offset) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, target, offset, bytes.length);
  }
}
