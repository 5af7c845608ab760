package io.multiraft.operator.group;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import io.multiraft.crds.RaftCluster;
import io.multiraft.crds.RaftGroup;
import io.multiraft.operator.cluster.Names;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.status.ConditionType;
import io.multiraft.operator.status.Finding;
import io.multiraft.operator.status.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a RaftGroup into members on nodes, and what the nodes show into its status. The steps, in
 * order, are {@link #reconcile} and {@link #cleanup}; each may be repeated at any time, and none
 * waits for a node: answers and changes come back as another reconcile.
 */
@ControllerConfiguration(name = "raftgroup", finalizerName = GroupReconciler.FINALIZER)
public final class GroupReconciler implements Reconciler<RaftGroup>, Cleaner<RaftGroup> {
  public static final String FINALIZER = "multiraft.io/group";
  private static final Logger log = LoggerFactory.getLogger(GroupReconciler.class);

  private final KubernetesClient client;
  private final GroupDirectory directory;
  private final PlanStep planStep;
  private final MemberStep memberStep;
  private final MembershipStep membershipStep;
  private final GroupServiceStep serviceStep;
  private final GroupStatusStep statusStep;
  private final CleanupStep cleanupStep;
  private final ReplicaCounts counts;
  private final GroupEvents events;
  private final SimpleInboundEventSource<RaftGroup> nodeEvents =
      new SimpleInboundEventSource<>("nodes");

  GroupReconciler(
      KubernetesClient client,
      GroupDirectory directory,
      PlanStep planStep,
      MemberStep memberStep,
      MembershipStep membershipStep,
      GroupServiceStep serviceStep,
      GroupStatusStep statusStep,
      CleanupStep cleanupStep,
      ReplicaCounts counts,
      GroupEvents events) {
    this.client = client;
    this.directory = directory;
    this.planStep = planStep;
    this.memberStep = memberStep;
    this.membershipStep = membershipStep;
    this.serviceStep = serviceStep;
    this.statusStep = statusStep;
    this.cleanupStep = cleanupStep;
    this.counts = counts;
    this.events = events;
  }

  @Override
  public UpdateControl<RaftGroup> reconcile(RaftGroup cached, Context<RaftGroup> context) {
    RaftGroup group = statusStep.freshest(cached);
    ClusterKey key = GroupPlan.cluster(group);
    RaftCluster cluster = directory.cluster(key).orElse(null);
    if (cluster == null) {
      return blocked(group, Reason.CLUSTER_NOT_FOUND, true, key.name());
    }
    if (cluster.isMarkedForDeletion()) {
      return blocked(group, Reason.CLUSTER_DELETING, true, key.name());
    }
    String endpoint = GroupServiceStep.endpoint(group, cluster.getSpec().port());
    Optional<GroupPlan> known = GroupPlan.of(group);
    if (known.isEmpty()) {
      if (group.getSpec().paused()) {
        return blocked(group, Reason.PAUSED, false);
      }
      PlanStep.Outcome outcome = planStep.plan(group, cluster);
      if (outcome instanceof PlanStep.Outcome.Blocked blocked) {
        return after(
            statusStep.writeBlocked(
                group, blocked.reason(), blocked.message(), blocked.needsSomebody()));
      }
      if (outcome instanceof PlanStep.Outcome.TooEarly) {
        return UpdateControl.<RaftGroup>noUpdate().rescheduleAfter(Duration.ofSeconds(1));
      }
      GroupPlan plan = ((PlanStep.Outcome.Planned) outcome).plan();
      GroupStatusStep.Outcome written = statusStep.writePlan(group, plan, endpoint);
      if (written.written().isEmpty()) {
        return after(written); // the id is skipped: somebody else may have planned
      }
      events.planned(group, written.written().get());
      group = written.written().get();
    }
    return lookAfter(group, GroupPlan.of(group).orElseThrow(), cluster, endpoint, context);
  }

  private UpdateControl<RaftGroup> lookAfter(
      RaftGroup group,
      GroupPlan plan,
      RaftCluster cluster,
      String endpoint,
      Context<RaftGroup> context) {
    ClusterKey key = GroupPlan.cluster(group);
    boolean bootstrapped = GroupPlan.isBootstrapped(group);
    GroupMembers shown = membershipStep.members(group, plan);
    List<Placement.Member> current = bootstrapped ? shown.voters(plan) : plan.members();
    counts.put(
        key, group.getMetadata().getUid(), current.stream().map(Placement.Member::nodeId).toList());
    List<GroupAssessment.Member> members = memberStep.observe(group, plan, current);
    memberStep.make(group, plan, members);
    boolean paused = group.getSpec().paused();
    MembershipStep.Outcome membership =
        bootstrapped && !paused
            ? membershipStep.take(group, plan, cluster, shown)
            : MembershipStep.Outcome.NOTHING;
    boolean hasServiceName =
        paused || serviceStep.ensure(group, cluster.getSpec().port(), ownService(group, context));
    GroupAssessment assessment =
        GroupAssessment.of(members, bootstrapped, group.getSpec().voters());
    for (Finding finding : membership.findings()) {
      assessment = assessment.with(finding);
    }
    if (paused) {
      assessment = assessment.with(Finding.no(ConditionType.UP_TO_DATE, Reason.PAUSED));
    } else if (!hasServiceName) {
      String name = group.getMetadata().getName();
      assessment =
          assessment.with(Finding.no(ConditionType.UP_TO_DATE, Reason.SERVICE_NAME_TAKEN, name));
    }
    GroupStatusStep.Outcome outcome = statusStep.writeAssessment(group, plan, assessment, endpoint);
    outcome.written().ifPresent(written -> events.written(group, written));
    return sooner(after(outcome), membership.again(), outcome.again());
  }

  private UpdateControl<RaftGroup> blocked(
      RaftGroup group, Reason reason, boolean needsSomebody, Object... arguments) {
    return after(statusStep.writeBlocked(group, reason, reason.sentence(arguments), needsSomebody));
  }

  private static UpdateControl<RaftGroup> after(GroupStatusStep.Outcome outcome) {
    UpdateControl<RaftGroup> control = UpdateControl.noUpdate();
    outcome.again().ifPresent(control::rescheduleAfter);
    return control;
  }

  private static UpdateControl<RaftGroup> sooner(
      UpdateControl<RaftGroup> control, Optional<Duration> one, Optional<Duration> other) {
    Stream.concat(one.stream(), other.stream())
        .min(Duration::compareTo)
        .ifPresent(control::rescheduleAfter);
    return control;
  }

  private static Service ownService(RaftGroup group, Context<RaftGroup> context) {
    return context
        .getSecondaryResourcesAsStream(Service.class)
        .filter(one -> one.getMetadata().getName().equals(group.getMetadata().getName()))
        .findFirst()
        .orElse(null);
  }

  @Override
  public DeleteControl cleanup(RaftGroup cached, Context<RaftGroup> context) {
    RaftGroup group = statusStep.freshest(cached);
    ClusterKey key = GroupPlan.cluster(group);
    boolean clusterGone =
        directory.cluster(key).filter(cluster -> !cluster.isMarkedForDeletion()).isEmpty();
    Optional<GroupPlan> plan = GroupPlan.of(group).or(() -> planPastCaches(group));
    if (clusterGone || plan.isEmpty() || GroupPlan.isRetained(group)) {
      return letGo(group, plan);
    }
    CleanupStep.Outcome outcome = cleanupStep.clean(group, plan.get(), Instant.now());
    if (!outcome.isDone()) {
      return DeleteControl.noFinalizerRemoval().rescheduleAfter(outcome.atMost().plusMillis(100));
    }
    if (outcome.gaveUp()) {
      events.gaveUp(group, String.join(", ", outcome.waitingFor()));
    }
    return letGo(group, plan);
  }

  /** Another operator may have planned the group a moment ago. */
  private Optional<GroupPlan> planPastCaches(RaftGroup group) {
    RaftGroup found = client.resource(group).get();
    return Optional.ofNullable(found)
        .filter(one -> one.getMetadata().getUid().equals(group.getMetadata().getUid()))
        .flatMap(GroupPlan::of);
  }

  private DeleteControl letGo(RaftGroup group, Optional<GroupPlan> plan) {
    log.info("{}: is deleted", GroupPlan.name(group));
    plan.ifPresent(known -> cleanupStep.forget(group, known));
    counts.remove(group.getMetadata().getUid());
    statusStep.forget(group);
    membershipStep.forget(group);
    events.forget(group);
    return DeleteControl.defaultDelete();
  }

  /** Something that a node shows of the group changed, or a node answered a call about it. */
  void groupChanged(GroupName name) {
    nodeEvents.propagateEvent(new ResourceID(name.name(), name.namespace()));
  }

  /** A node of the cluster came or went. */
  void nodesChanged(ClusterKey cluster) {
    directory.groupIdsOf(cluster).forEach(nodeEvents::propagateEvent);
  }

  @Override
  public List<EventSource<?, RaftGroup>> prepareEventSources(
      EventSourceContext<RaftGroup> context) {
    InformerEventSource<RaftCluster, RaftGroup> clusters =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(RaftCluster.class, RaftGroup.class)
                .withName("clusters")
                .withSecondaryToPrimaryMapper(
                    cluster ->
                        directory.groupIdsOf(
                            new ClusterKey(
                                cluster.getMetadata().getNamespace(),
                                cluster.getMetadata().getName())))
                .withOnUpdateFilter(GroupReconciler::matters)
                .withNamespacesInheritedFromController()
                .build(),
            context);
    InformerEventSource<Service, RaftGroup> services =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Service.class, RaftGroup.class)
                .withName("services")
                .withLabelSelector(Names.MANAGED_SELECTOR + "," + Names.GROUP_LABEL)
                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(RaftGroup.class))
                .withNamespacesInheritedFromController()
                .build(),
            context);
    directory.open(context.getPrimaryCache(), clusters::get);
    List<EventSource<?, RaftGroup>> sources = new ArrayList<>();
    sources.add(nodeEvents);
    sources.add(clusters);
    sources.add(services);
    return sources;
  }

  /** Of a cluster's changes, groups care for its spec and its deletion, not for its counts. */
  private static boolean matters(RaftCluster now, RaftCluster before) {
    return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || now.isMarkedForDeletion() != before.isMarkedForDeletion();
  }
}
