package io.multiraft.operator.cluster;

import static io.multiraft.operator.status.ConditionType.HEALTHY;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.multiraft.crds.RaftCluster;
import io.multiraft.crds.RaftClusterStatus;
import io.multiraft.operator.cluster.ClusterFacts.Obstacle;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.NodeObserver;
import io.multiraft.operator.observe.NodeView;
import io.multiraft.operator.observe.PodTarget;
import io.multiraft.operator.status.Finding;
import io.multiraft.operator.status.Reason;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a RaftCluster's objects, follows its nodes, and says how it is. The steps, in order, are
 * {@link #reconcile}; each may be repeated at any time.
 */
@ControllerConfiguration(name = "raftcluster", triggerReconcilerOnAllEvents = true)
public final class ClusterReconciler implements Reconciler<RaftCluster> {
  private static final Logger log = LoggerFactory.getLogger(ClusterReconciler.class);

  /** Orphans age, counts change: look again now and then. Nothing is asked of any node for it. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  private static final int HTTP_FORBIDDEN = 403;
  private static final int HTTP_UNPROCESSABLE = 422;

  private final String defaultImage;
  private final PodAddresses addresses;
  private final Applier applier;
  private final Tokens tokens;
  private final NodeObserver observer;
  private final OrphanSweep orphans;
  private final RolloutStep rolloutStep;
  private final ClusterStatusStep statusStep;
  private final Duration rolloutPace;
  private final SimpleInboundEventSource<RaftCluster> nodeEvents =
      new SimpleInboundEventSource<>("nodes");

  /** Finds groups on nodes that nobody wants, and in time removes them. */
  public interface OrphanSweep {
    /** What is orphaned now, each as a few words for people. */
    List<String> sweep(ClusterKey cluster, boolean mayRemove);

    /** The cluster is gone. */
    void forget(ClusterKey cluster);
  }

  public ClusterReconciler(
      String defaultImage,
      PodAddresses addresses,
      Applier applier,
      Tokens tokens,
      NodeObserver observer,
      OrphanSweep orphans,
      RolloutStep rolloutStep,
      ClusterStatusStep statusStep,
      Duration rolloutPace) {
    this.defaultImage = defaultImage;
    this.addresses = addresses;
    this.applier = applier;
    this.tokens = tokens;
    this.observer = observer;
    this.orphans = orphans;
    this.rolloutStep = rolloutStep;
    this.statusStep = statusStep;
    this.rolloutPace = rolloutPace;
  }

  @Override
  public UpdateControl<RaftCluster> reconcile(RaftCluster cached, Context<RaftCluster> context) {
    ClusterKey key = key(cached);
    if (context.isPrimaryResourceDeleted() || cached.isMarkedForDeletion()) {
      letGo(key, cached);
      return UpdateControl.noUpdate();
    }
    RaftCluster cluster = statusStep.freshest(cached);
    boolean paused = cluster.getSpec().paused();
    StatefulSet running = context.getSecondaryResource(StatefulSet.class).orElse(null);
    ClusterSettings settings = SettingsReader.read(cluster, running, defaultImage);

    List<Pod> pods = pods(context);
    follow(key, settings, pods);
    Quorums quorums = new Quorums(observer.views(key).stream().map(NodeView::snapshot).toList());
    Optional<Obstacle> obstacle =
        paused ? Optional.empty() : makeObjects(settings, quorums, context);
    ClusterFacts facts =
        new ClusterFacts(
            settings,
            paused,
            cluster.getSpec().replicas(),
            cluster.getSpec().storage().size().toString(),
            running,
            pods,
            observer.views(key),
            obstacle,
            orphans.sweep(key, !paused),
            Optional.ofNullable(cluster.getStatus()).map(RaftClusterStatus::disruption));
    RolloutStep.Outcome rollout = rolloutStep.take(key, cluster, facts, quorums);
    Duration again = statusStep.write(cluster, facts, rollout);
    Duration atMost = rollout.upToDate().isPresent() ? rolloutPace : LOOK_AGAIN;
    return UpdateControl.<RaftCluster>noUpdate()
        .rescheduleAfter(again.compareTo(atMost) < 0 ? again : atMost);
  }

  private static ClusterKey key(HasMetadata resource) {
    return new ClusterKey(resource.getMetadata().getNamespace(), resource.getMetadata().getName());
  }

  private void letGo(ClusterKey key, RaftCluster cluster) {
    if (observer.follows(key)) {
      log.info("{}: the cluster is being deleted", key);
    }
    observer.forget(key);
    orphans.forget(key);
    rolloutStep.forget(key);
    statusStep.forget(cluster);
  }

  /** Token, then everything that pods need, then the pods. */
  private Optional<Obstacle> makeObjects(
      ClusterSettings settings, Quorums quorums, Context<RaftCluster> context) {
    String step = "Secret " + settings.tokenSecretName();
    try {
      if (!tokens.ensure(settings)) {
        return obstacle(Reason.TOKEN_MISSING, settings.tokenSecretName());
      }
      step = "ServiceAccount " + settings.name();
      apply(Services.serviceAccount(settings), ServiceAccount.class, context);
      step = "Service " + settings.nodesServiceName();
      apply(Services.nodesService(settings), Service.class, context);
      step = "Service " + settings.name();
      apply(Services.clientService(settings), Service.class, context);
      step = "StatefulSet " + settings.name();
      apply(NodeStatefulSet.build(settings), StatefulSet.class, context);
      step = "PodDisruptionBudget " + settings.name();
      PodDisruptionBudget budget =
          context.getSecondaryResource(PodDisruptionBudget.class).orElse(null);
      int maxUnavailable =
          EvictionBudget.maxUnavailable(quorums, settings.podNames(), EvictionBudget.read(budget));
      apply(
          Services.disruptionBudget(settings, maxUnavailable), PodDisruptionBudget.class, context);
      return Optional.empty();
    } catch (Applier.NameTakenException e) {
      return obstacle(Reason.NAME_TAKEN, e.getMessage());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HTTP_FORBIDDEN && e.getCode() != HTTP_UNPROCESSABLE) {
        throw e; // passing: the same is tried again after a back-off
      }
      String why = e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
      log.warn("{}/{}: {} was refused: {}", settings.namespace(), settings.name(), step, why);
      return obstacle(Reason.OBJECT_REFUSED, step, why);
    }
  }

  private static Optional<Obstacle> obstacle(Reason reason, Object... arguments) {
    return Optional.of(new Obstacle(Finding.no(HEALTHY, reason, arguments)));
  }

  private <T extends HasMetadata> void apply(
      T desired, Class<T> type, Context<RaftCluster> context) {
    String name = desired.getMetadata().getName();
    T cached =
        context
            .getSecondaryResourcesAsStream(type)
            .filter(one -> one.getMetadata().getName().equals(name))
            .findFirst()
            .orElse(null);
    applier.apply(desired, cached);
  }

  private static List<Pod> pods(Context<RaftCluster> context) {
    return context
        .getSecondaryResourcesAsStream(Pod.class)
        .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
        .toList();
  }

  private void follow(ClusterKey key, ClusterSettings settings, List<Pod> pods) {
    List<PodTarget> targets =
        pods.stream()
            .flatMap(
                pod ->
                    addresses.resolve(pod, settings.port()).stream()
                        .map(address -> new PodTarget(pod.getMetadata().getName(), address)))
            .toList();
    observer.track(key, targets);
  }

  /** Something about the nodes of a cluster changed. */
  public void nodesChanged(ClusterKey cluster) {
    nodeEvents.propagateEvent(new ResourceID(cluster.name(), cluster.namespace()));
  }

  @Override
  public List<EventSource<?, RaftCluster>> prepareEventSources(
      EventSourceContext<RaftCluster> context) {
    return List.of(
        nodeEvents,
        owned(StatefulSet.class, context),
        owned(Service.class, context),
        owned(ServiceAccount.class, context),
        owned(PodDisruptionBudget.class, context),
        informer(Pod.class, Names.CLUSTER_LABEL, context));
  }

  private static <T extends HasMetadata> EventSource<?, RaftCluster> owned(
      Class<T> type, EventSourceContext<RaftCluster> context) {
    String selector = Names.MANAGED_SELECTOR + "," + Names.CLUSTER_LABEL + ",!" + Names.GROUP_LABEL;
    return informer(type, selector, context);
  }

  private static <T extends HasMetadata> EventSource<?, RaftCluster> informer(
      Class<T> type, String selector, EventSourceContext<RaftCluster> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(type, RaftCluster.class)
            .withLabelSelector(selector)
            .withSecondaryToPrimaryMapper(ClusterReconciler::clusterOf)
            .withNamespacesInheritedFromController()
            .build(),
        context);
  }

  private static Set<ResourceID> clusterOf(HasMetadata object) {
    Map<String, String> labels = object.getMetadata().getLabels();
    return Optional.ofNullable(labels)
        .map(all -> all.get(Names.CLUSTER_LABEL))
        .map(name -> new ResourceID(name, object.getMetadata().getNamespace()))
        .stream()
        .collect(Collectors.toSet());
  }
}
