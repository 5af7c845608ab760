package io.multiraft.local.pods;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostsFileTest {
  @TempDir Path directory;

  @Test
  void holdsLocalhostAndWhatPodsThereAre() throws IOException {
    HostsFile hosts = new HostsFile(directory.resolve("hosts"));
    hosts.put("default/a", "127.0.77.1", List.of("a.nodes.default.svc", "a"));
    hosts.put("default/b", "127.0.77.2", List.of("b"));
    hosts.put("default/a", "127.0.77.3", List.of("a.nodes.default.svc", "a"));
    assertThat(Files.readString(hosts.path()))
        .isEqualTo(
            """
            127.0.0.1 localhost
            127.0.77.3 a.nodes.default.svc a
            127.0.77.2 b
            """);
    hosts.remove("default/a");
    assertThat(Files.readAllLines(hosts.path()))
        .containsExactly("127.0.0.1 localhost", "127.0.77.2 b");
  }

  /** Java's own reading of the file, with a change while the process runs. */
  @Test
  void aJavaProcessResolvesByItAndSeesChanges() throws Exception {
    HostsFile hosts = new HostsFile(directory.resolve("hosts"));
    hosts.put("default/a", "127.0.77.1", List.of("a.nodes.default.svc"));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.net.hosts.file=" + hosts.path(),
                "-Dsun.net.inetaddr.ttl=0",
                "-cp",
                Path.of("target", "test-classes").toString(),
                ResolveLoop.class.getName())
            .start();
    try (var in = process.inputReader(StandardCharsets.UTF_8);
        var out = process.outputWriter(StandardCharsets.UTF_8)) {
      out.write("a.nodes.default.svc\n");
      out.flush();
      assertThat(in.readLine()).isEqualTo("127.0.77.1");
      hosts.put("default/a", "127.0.77.9", List.of("a.nodes.default.svc"));
      out.write("a.nodes.default.svc\n");
      out.flush();
      assertThat(in.readLine()).isEqualTo("127.0.77.9");
    }
    process.waitFor();
  }
}
