package io.multiraft.operator.it;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/** One real etcd and kube-apiserver for all tests of this JVM. */
final class ApiServer {
  private static final AtomicInteger NAMESPACES = new AtomicInteger();
  private static ApiServer running;

  private final String kubeConfig;

  private ApiServer(String kubeConfig) {
    this.kubeConfig = kubeConfig;
  }

  /** The server; skips the calling test where there are no binaries. */
  static synchronized ApiServer get() throws IOException {
    if (running == null) {
      Optional<Path> binaries = binaries();
      if (binaries.isEmpty()) {
        String message =
            "SKIPPED: no kube-apiserver here. Set KUBE_API_TEST_DIR, or KUBEBUILDER_ASSETS with a"
                + " kube-api-test directory beside it";
        System.err.println(message);
        Assumptions.abort(message);
      }
      running = start(binaries.orElseThrow());
    }
    return running;
  }

  private static ApiServer start(Path binaries) throws IOException {
    KubeAPIServer server =
        new KubeAPIServer(
            KubeAPIServerConfigBuilder.anAPIServerConfig()
                .withTestDir(binaries.toString())
                .withOfflineMode(true)
                .withUpdateKubeConfig(false)
                .withStartupTimeout(120_000)
                .build());
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
    ApiServer started = new ApiServer(server.getKubeConfigYaml());
    try (KubernetesClient client = started.client()) {
      for (String crd : List.of("raftclusters", "raftgroups")) {
        String path = "/META-INF/fabric8/" + crd + ".multiraft.io-v1.yml";
        try (InputStream yaml = ApiServer.class.getResourceAsStream(path)) {
          client
              .resource(
                  client.getKubernetesSerialization().<CustomResourceDefinition>unmarshal(yaml))
              .create();
        }
        Awaitility.await()
            .atMost(Duration.ofMinutes(1))
            .ignoreExceptions()
            .until(
                () ->
                    client
                            .genericKubernetesResources("multiraft.io/v1alpha1", kind(crd))
                            .inAnyNamespace()
                            .list()
                        != null);
      }
    }
    return started;
  }

  private static String kind(String plural) {
    return plural.equals("raftclusters") ? "RaftCluster" : "RaftGroup";
  }

  private static Optional<Path> binaries() {
    Stream<Path> named = Stream.ofNullable(System.getenv("KUBE_API_TEST_DIR")).map(Path::of);
    Stream<Path> besideAssets =
        Stream.ofNullable(System.getenv("KUBEBUILDER_ASSETS"))
            .map(assets -> Path.of(assets).resolveSibling("kube-api-test"));
    Stream<Path> besideTools =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .filter(
                entry -> !entry.isEmpty() && Files.isExecutable(Path.of(entry, "kube-apiserver")))
            .map(entry -> Path.of(entry).resolveSibling("kube-api-test"));
    return Stream.concat(named, Stream.concat(besideAssets, besideTools))
        .filter(directory -> Files.isDirectory(directory.resolve("k8s")))
        .findFirst();
  }

  /** How an administrator reaches the server. */
  String kubeConfig() {
    return kubeConfig;
  }

  /** A client of an administrator, with interceptors of its requests. */
  KubernetesClient client(Interceptor... interceptors) {
    return client(Config.fromKubeconfig(kubeConfig), interceptors);
  }

  /** A client with a ServiceAccount's token instead of the administrator's certificate. */
  KubernetesClient client(String token, Interceptor... interceptors) {
    Config config = Config.fromKubeconfig(kubeConfig);
    config.setClientCertData(null);
    config.setClientCertFile(null);
    config.setClientKeyData(null);
    config.setClientKeyFile(null);
    config.setOauthToken(token);
    return client(config, interceptors);
  }

  private static KubernetesClient client(Config config, Interceptor... interceptors) {
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientBuilderConsumer(
            builder -> {
              for (int i = 0; i < interceptors.length; i++) {
                builder.addOrReplaceInterceptor("test-" + i, interceptors[i]);
              }
            })
        .build();
  }

  /** A namespace that nobody used before. */
  static String newNamespace(KubernetesClient client) {
    String name = "test-" + NAMESPACES.incrementAndGet();
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
    return name;
  }
}
