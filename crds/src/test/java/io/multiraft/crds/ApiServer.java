package io.multiraft.crds;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;

/** A real etcd and kube-apiserver for a test class. */
final class ApiServer implements AutoCloseable {
  static final Path CRDS = Path.of("src/main/resources/META-INF/fabric8");

  private final KubeAPIServer server;
  private final Path kubeConfig;

  private ApiServer(KubeAPIServer server, Path kubeConfig) {
    this.server = server;
    this.kubeConfig = kubeConfig;
  }

  /**
   * Starts a server with the project's resources; for test classes that are {@link NeedsApiServer}.
   */
  static ApiServer start() throws IOException {
    ApiServer started = startWithoutResources();
    try {
      started.install();
    } catch (RuntimeException | AssertionError e) {
      started.close();
      throw e;
    }
    return started;
  }

  static ApiServer startWithoutResources() throws IOException {
    KubeAPIServer server =
        new KubeAPIServer(
            KubeAPIServerConfigBuilder.anAPIServerConfig()
                .withTestDir(Tool.apiServerDirectory().orElseThrow().toString())
                .withOfflineMode(true)
                .withUpdateKubeConfig(false)
                .withStartupTimeout(120_000)
                .build());
    server.start();
    Path kubeConfig = Files.createTempFile("kubeconfig", ".yaml");
    Files.writeString(kubeConfig, server.getKubeConfigYaml());
    return new ApiServer(server, kubeConfig);
  }

  private void install() {
    kubectl("apply", "-f", CRDS.toString()).mustSucceed();
    kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", CRDS.toString())
        .mustSucceed();
    awaitResources();
  }

  /**
   * Established says that the resources are served, not yet that every discovery cache knows them.
   */
  void awaitResources() {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> kubectl("get", "raftclusters,raftgroups").succeeded());
  }

  Tool.Result helm(String... arguments) {
    return Tool.run("helm", Map.of("KUBECONFIG", kubeConfig.toString()), "", arguments);
  }

  Tool.Result kubectl(String... arguments) {
    return kubectlWithInput("", arguments);
  }

  Tool.Result kubectlWithInput(String input, String... arguments) {
    return Tool.run("kubectl", Map.of("KUBECONFIG", kubeConfig.toString()), input, arguments);
  }

  /** Applies one or more resources given as YAML. */
  Tool.Result apply(String yaml) {
    return kubectlWithInput(yaml, "apply", "-f", "-");
  }

  @Override
  public void close() {
    server.stop();
    try {
      Files.deleteIfExists(kubeConfig);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
