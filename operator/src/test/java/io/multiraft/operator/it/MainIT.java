package io.multiraft.operator.it;

import static io.multiraft.operator.it.World.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.operator.Main;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator as a process. */
class MainIT {
  @TempDir private Path directory;

  private Process start(String kubeConfig, int port, String... arguments) throws IOException {
    Path config = Files.writeString(directory.resolve("kubeconfig"), kubeConfig);
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "--node-image",
                World.IMAGE,
                "--health-port",
                Integer.toString(port)));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(directory.resolve("log").toFile());
    builder.environment().put("KUBECONFIG", config.toString());
    return builder.start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static int status(int port, String path) throws InterruptedException {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  @Test
  void takesTheLeaseWorksAndEndsOnSignal() throws Exception {
    try (World world = new World()) {
      int port = freePort();
      Process process =
          start(
              ApiServer.get().kubeConfig(),
              port,
              "--watch-namespace",
              world.namespace(),
              "--leader-election-namespace",
              world.namespace());
      try {
        soon().until(() -> status(port, "/readyz") == 200 && status(port, "/livez") == 200);
        world.startCluster(3);
        world.createGroup("team-a");
        soon().until(() -> world.isReady("team-a"));
        assertThat(
                world
                    .client()
                    .leases()
                    .inNamespace(world.namespace())
                    .withName("multiraft-operator")
                    .get())
            .isNotNull();
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends on SIGTERM").isTrue();
        assertThat(Files.readString(directory.resolve("log")))
            .contains("created StatefulSet")
            .contains("Ready: All 3 members serve");
      } finally {
        process.destroyForcibly();
        System.out.println(Files.readString(directory.resolve("log")));
      }
    }
  }

  @Test
  void saysWhenThereIsNoApiServer() throws Exception {
    String nowhere =
        ApiServer.get().kubeConfig().replaceAll("https://127.0.0.1:\\d+", "https://127.0.0.1:1");
    Process process = start(nowhere, freePort(), "--api-server-timeout-seconds", "1");
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(Files.readString(directory.resolve("log"))).contains("Giving up");
  }
}
