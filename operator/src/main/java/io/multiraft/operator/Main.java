package io.multiraft.operator;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.multiraft.operator.observe.AdminClient;
import java.io.IOException;
import java.security.Security;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the operator as a process. Each option is also an environment variable. */
@Command(
    name = "multiraft-operator",
    mixinStandardHelpOptions = true,
    description = "Turns RaftCluster and RaftGroup resources into Raft groups on nodes.")
public final class Main implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(Main.class);
  private static final String LEASE = "multiraft-operator";

  @Option(
      names = "--node-image",
      defaultValue = "${env:MULTIRAFT_NODE_IMAGE}",
      required = true,
      description = "Image of nodes whose RaftCluster names none (MULTIRAFT_NODE_IMAGE).")
  private String nodeImage;

  @Option(
      names = "--watch-namespace",
      defaultValue = "${env:MULTIRAFT_WATCH_NAMESPACE:-}",
      description =
          "The namespaces to look after, separated by commas; empty for all"
              + " (MULTIRAFT_WATCH_NAMESPACE).")
  private String watchNamespace;

  @Option(
      names = "--node-address",
      defaultValue = "${env:MULTIRAFT_NODE_ADDRESS:-podIP}",
      description =
          "How nodes are reached: podIP, or dns for their names in the headless Service"
              + " (MULTIRAFT_NODE_ADDRESS).")
  private String nodeAddress;

  @Option(
      names = "--leader-election-namespace",
      defaultValue = "${env:POD_NAMESPACE:-}",
      description =
          "Where the lease is that only one operator holds; empty for none (POD_NAMESPACE).")
  private String leaderElectionNamespace;

  @Option(
      names = "--health-port",
      defaultValue = "${env:MULTIRAFT_HEALTH_PORT:-8080}",
      description = "Port of /livez, /readyz and /metrics (MULTIRAFT_HEALTH_PORT).")
  private int healthPort;

  @Option(
      names = "--api-server-timeout-seconds",
      defaultValue = "${env:MULTIRAFT_API_SERVER_TIMEOUT_SECONDS:-60}",
      description =
          "How long the API server may be silent before the process ends"
              + " (MULTIRAFT_API_SERVER_TIMEOUT_SECONDS).")
  private int apiServerTimeoutSeconds;

  private volatile boolean stopping;

  /** Ends with 1 when it cannot go on, with 2 when called wrongly, else only by a signal. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    // Pods get new addresses under old names; the JVM remembers names for 30 s by default.
    Security.setProperty("networkaddress.cache.ttl", "1");
    PrometheusMeterRegistry metrics = metrics();
    KubernetesClient client =
        new KubernetesClientBuilder()
            .withHttpClientBuilderConsumer(
                builder -> builder.addOrReplaceInterceptor("calls", new CallCounter(metrics)))
            .build();
    ApiServerWatch apiServer =
        new ApiServerWatch(
            client, Duration.ofSeconds(apiServerTimeoutSeconds), Duration.ofSeconds(5));
    if (!apiServer.awaitAnswer()) {
      return 1;
    }
    ObjectMapper json = new ObjectMapper();
    MultiraftOperator operator =
        new MultiraftOperator(
            client, config(), new AdminClient(httpThreads(), json), json, leaderElection());
    try (HealthServer health = health(operator, metrics)) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    stopping = true;
                    operator.close();
                  },
                  "shutdown"));
      operator.start();
      log.info(
          "Running; looks after {}, answers probes on port {}",
          watchNamespace.isBlank() ? "all namespaces" : watchNamespace,
          health.port());
      apiServer.awaitSilence();
      return 1;
    }
  }

  private OperatorConfig config() {
    Set<String> namespaces =
        Arrays.stream(watchNamespace.split(","))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toSet());
    return OperatorConfig.standard(
        nodeImage,
        namespaces,
        "dns".equalsIgnoreCase(nodeAddress)
            ? OperatorConfig.AddressKind.DNS
            : OperatorConfig.AddressKind.POD_IP);
  }

  private Optional<LeaderElectionConfiguration> leaderElection() {
    return leaderElectionNamespace.isBlank()
        ? Optional.empty()
        : Optional.of(
            LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
                .withLeaseNamespace(leaderElectionNamespace)
                // The framework would call System.exit, which never returns while a signal is
                // handled.
                .withExitOnStopLeading(false)
                .withLeaderCallbacks(
                    new LeaderCallbacks(
                        () -> log.info("Leads: holds the lease {}", LEASE),
                        this::leaseLost,
                        holder -> log.info("The lease {} is held by {}", LEASE, holder)))
                .build());
  }

  /** At once, so that two operators never work side by side; nodes refuse what comes late. */
  private void leaseLost() {
    if (!stopping) {
      log.error("Lost the lease {}; the process ends and another one takes over", LEASE);
      Runtime.getRuntime().halt(1);
    }
  }

  private HealthServer health(MultiraftOperator operator, PrometheusMeterRegistry metrics)
      throws IOException {
    // Before the start, and while another operator leads, there is nothing that could be unhealthy.
    return new HealthServer(
        healthPort,
        () -> !operator.isStarted() || operator.isHealthy(),
        operator::isStarted,
        metrics);
  }

  private static PrometheusMeterRegistry metrics() {
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new JvmMemoryMetrics().bindTo(metrics);
    new JvmThreadMetrics().bindTo(metrics);
    JvmGcMetrics collections = new JvmGcMetrics();
    collections.bindTo(metrics);
    Runtime.getRuntime().addShutdownHook(new Thread(collections::close, "gc-metrics"));
    return metrics;
  }

  private static ExecutorService httpThreads() {
    AtomicInteger number = new AtomicInteger();
    return Executors.newCachedThreadPool(
        task -> {
          Thread thread = new Thread(task, "node-http-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }
}
