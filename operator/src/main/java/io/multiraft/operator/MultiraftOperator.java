package io.multiraft.operator;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.multiraft.operator.cluster.Applier;
import io.multiraft.operator.cluster.ClusterReconciler;
import io.multiraft.operator.cluster.ClusterStatusStep;
import io.multiraft.operator.cluster.PodAddresses;
import io.multiraft.operator.cluster.RolloutStep;
import io.multiraft.operator.cluster.Tokens;
import io.multiraft.operator.group.GroupModule;
import io.multiraft.operator.observe.AdminApi;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.NodeObserver;
import io.multiraft.operator.observe.ObserverListener;
import io.multiraft.operator.status.EventRecorder;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The whole operator in one object: both reconcilers, the streams, and what connects them. */
public final class MultiraftOperator implements AutoCloseable {
  private static final long FIRST_RETRY_MILLIS = 500;
  private static final long MAX_RETRY_MILLIS = 30_000;
  private static final double RETRY_FACTOR = 2;
  private static final int RECONCILE_THREADS = 16;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

  private final Operator operator;
  private final NodeObserver observer;
  private final GroupModule groups;
  private final ClusterReconciler clusters;
  private final Duration countsInterval;

  /** Clusters whose counts changed and whose reconcile is already due in a moment. */
  private final Set<ClusterKey> dirty = ConcurrentHashMap.newKeySet();

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "counts");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param client closed with the operator
   * @param leaderElection empty where only one operator runs
   */
  public MultiraftOperator(
      KubernetesClient client,
      OperatorConfig config,
      AdminApi api,
      ObjectMapper json,
      Optional<LeaderElectionConfiguration> leaderElection) {
    this.countsInterval = config.clusterStatusInterval();
    Tokens tokens = new Tokens(client);
    Applier applier = new Applier(client);
    this.observer = new NodeObserver(api, json, config.observeTimings(), tokens, new Connections());
    this.groups = new GroupModule(client, config, api, observer, tokens::token, applier);
    this.clusters =
        new ClusterReconciler(
            config.nodeImage(),
            config.addressKind() == OperatorConfig.AddressKind.DNS
                ? PodAddresses.byDnsName()
                : PodAddresses.byPodIp(),
            applier,
            tokens,
            observer,
            groups.orphans(),
            new RolloutStep(client, api, observer, tokens::token, new EventRecorder(client)),
            new ClusterStatusStep(client, config.clusterStatusInterval()),
            config.rolloutPace());
    this.operator =
        new Operator(
            overrider -> {
              overrider
                  .withKubernetesClient(client)
                  .withUseSSAToPatchPrimaryResource(false)
                  .withConcurrentReconciliationThreads(RECONCILE_THREADS)
                  .withReconciliationTerminationTimeout(STOP_TIMEOUT);
              leaderElection.ifPresent(overrider::withLeaderElectionConfiguration);
            });
    operator.register(clusters, override -> configure(override, config));
    operator.register(groups.reconciler(), override -> configure(override, config));
  }

  private static void configure(
      ControllerConfigurationOverrider<?> override, OperatorConfig config) {
    override.withRetry(
        new GenericRetry()
            .setInitialInterval(FIRST_RETRY_MILLIS)
            .setIntervalMultiplier(RETRY_FACTOR)
            .setMaxInterval(MAX_RETRY_MILLIS)
            .withoutMaxAttempts());
    if (config.namespaces().isEmpty()) {
      override.watchingAllNamespaces();
    } else {
      override.settingNamespaces(config.namespaces());
    }
  }

  /** Starts; returns when the caches are filled (or, with leader election, once it is joined). */
  public void start() {
    operator.start();
  }

  /** Whether informers run and the API server answers them. */
  public boolean isHealthy() {
    return operator.getRuntimeInfo().isStarted()
        && operator.getRuntimeInfo().allEventSourcesAreHealthy();
  }

  /** Whether it has been started. */
  public boolean isStarted() {
    return operator.getRuntimeInfo().isStarted();
  }

  @Override
  public void close() {
    timer.shutdownNow();
    groups.close();
    observer.close();
    operator.stop();
  }

  /** From streams to reconciles. */
  private final class Connections implements ObserverListener {
    @Override
    public void groupChanged(ClusterKey cluster, String groupNamespace, String groupName) {
      groups.groupChanged(groupNamespace, groupName);
      if (dirty.add(cluster)) {
        schedule(cluster);
      }
    }

    private void schedule(ClusterKey cluster) {
      try {
        timer.schedule(
            () -> {
              dirty.remove(cluster);
              clusters.nodesChanged(cluster);
            },
            countsInterval.toMillis(),
            TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        dirty.clear(); // the operator is ending
      }
    }

    @Override
    public void nodeChanged(ClusterKey cluster) {
      clusters.nodesChanged(cluster);
      groups.nodesChanged(cluster);
    }
  }
}
