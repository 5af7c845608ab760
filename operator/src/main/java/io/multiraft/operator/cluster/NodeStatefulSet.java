package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.util.List;
import java.util.Map;

/**
 * Builds the StatefulSet of a cluster's nodes.
 *
 * <p>Every field that the API server would default is written out, and nothing here depends on the
 * operator's own version: the same settings give the same pod template in every release, so that an
 * upgrade of the operator restarts no node. A golden test holds the template.
 */
public final class NodeStatefulSet {
  private static final long USER = 65_532L;
  private static final String DATA_DIRECTORY = "/var/lib/multiraft";
  private static final String TOKEN_DIRECTORY = "/etc/multiraft/token";
  private static final int OWNER_AND_GROUP_READ = 0440;
  private static final long TERMINATION_GRACE_SECONDS = 30L;
  private static final int SHUTDOWN_TIMEOUT_MILLIS = 20_000;

  /** Recovery of a large log may take long; ten minutes, then the node is started again. */
  private static final int STARTUP_PROBES = 300;

  private NodeStatefulSet() {}

  /** The whole StatefulSet. */
  public static StatefulSet build(ClusterSettings settings) {
    return new StatefulSetBuilder()
        .withMetadata(Services.metadata(settings, settings.name()))
        .withNewSpec()
        .withReplicas(settings.replicas())
        .withServiceName(settings.nodesServiceName())
        .withPodManagementPolicy("Parallel")
        .withMinReadySeconds(0)
        .withRevisionHistoryLimit(10)
        .withNewUpdateStrategy()
        .withType("OnDelete")
        .endUpdateStrategy()
        .withNewPersistentVolumeClaimRetentionPolicy()
        .withWhenDeleted(settings.retainWhenDeleted())
        .withWhenScaled(settings.retainWhenScaled())
        .endPersistentVolumeClaimRetentionPolicy()
        .withNewSelector()
        .withMatchLabels(Names.selector(settings.name()))
        .endSelector()
        .withTemplate(template(settings))
        .withVolumeClaimTemplates(claim(settings))
        .endSpec()
        .build();
  }

  /** The pod template alone. */
  static PodTemplateSpec template(ClusterSettings settings) {
    return new PodTemplateSpecBuilder()
        .withNewMetadata()
        .withLabels(Names.labels(settings.name()))
        .endMetadata()
        .withNewSpec()
        .withServiceAccountName(settings.name())
        .withServiceAccount(settings.name())
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withRestartPolicy("Always")
        .withDnsPolicy("ClusterFirst")
        .withSchedulerName("default-scheduler")
        .withTerminationGracePeriodSeconds(TERMINATION_GRACE_SECONDS)
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(USER)
        .withRunAsGroup(USER)
        .withFsGroup(USER)
        .withFsGroupChangePolicy("OnRootMismatch")
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .withTopologySpreadConstraints(
            spread(settings, "topology.kubernetes.io/zone"),
            spread(settings, "kubernetes.io/hostname"))
        .withContainers(container(settings))
        .withVolumes(tokenVolume(settings), temporaryVolume())
        .endSpec()
        .build();
  }

  private static TopologySpreadConstraint spread(ClusterSettings settings, String topologyKey) {
    return new TopologySpreadConstraintBuilder()
        .withMaxSkew(1)
        .withTopologyKey(topologyKey)
        .withWhenUnsatisfiable("ScheduleAnyway")
        .withNewLabelSelector()
        .withMatchLabels(Names.selector(settings.name()))
        .endLabelSelector()
        .build();
  }

  private static Container container(ClusterSettings settings) {
    return new ContainerBuilder()
        .withName(Names.CONTAINER)
        .withImage(settings.image())
        .withImagePullPolicy("IfNotPresent")
        .withTerminationMessagePath("/dev/termination-log")
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .addNewPort()
        .withName(Names.PORT_NAME)
        .withContainerPort(settings.port())
        .withProtocol("TCP")
        .endPort()
        .withEnv(environment(settings))
        .withResources(settings.resources())
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withPrivileged(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .withStartupProbe(probe("/livez", settings.port(), 2, 5, STARTUP_PROBES))
        .withLivenessProbe(probe("/livez", settings.port(), 10, 5, 3))
        .withReadinessProbe(probe("/readyz", settings.port(), 2, 2, 2))
        .withVolumeMounts(
            mount(Names.DATA_VOLUME, DATA_DIRECTORY, false),
            mount("token", TOKEN_DIRECTORY, true),
            mount("tmp", "/tmp", false))
        .build();
  }

  private static List<EnvVar> environment(ClusterSettings settings) {
    String advertised =
        "$(POD_NAME)."
            + settings.nodesServiceName()
            + "."
            + settings.namespace()
            + ".svc:"
            + settings.port();
    return List.of(
        field("POD_NAME", "metadata.name"),
        field("MULTIRAFT_NAME", "metadata.name"),
        field("MULTIRAFT_ORDINAL", "metadata.labels['" + Names.POD_INDEX_LABEL + "']"),
        value("MULTIRAFT_DATA", DATA_DIRECTORY),
        value("MULTIRAFT_LISTEN", "0.0.0.0:" + settings.port()),
        value("MULTIRAFT_ADVERTISE", advertised),
        value("MULTIRAFT_TOKEN_FILE", TOKEN_DIRECTORY + "/" + Names.TOKEN_KEY),
        value("MULTIRAFT_CLUSTER_NAMESPACE", settings.namespace()),
        value("MULTIRAFT_PLAINTEXT_PEERS", "true"),
        value(
            "MULTIRAFT_ELECTION_TIMEOUT_MILLIS",
            Integer.toString(settings.electionTimeoutMillis())),
        value("MULTIRAFT_HEARTBEAT_MILLIS", Integer.toString(settings.heartbeatMillis())),
        value("MULTIRAFT_SHUTDOWN_TIMEOUT_MILLIS", Integer.toString(SHUTDOWN_TIMEOUT_MILLIS)),
        // The rest of the limit is for direct buffers, stacks and code.
        value("JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=60"));
  }

  private static EnvVar value(String name, String value) {
    return new EnvVarBuilder().withName(name).withValue(value).build();
  }

  private static EnvVar field(String name, String path) {
    return new EnvVarBuilder()
        .withName(name)
        .withNewValueFrom()
        .withNewFieldRef()
        .withApiVersion("v1")
        .withFieldPath(path)
        .endFieldRef()
        .endValueFrom()
        .build();
  }

  private static io.fabric8.kubernetes.api.model.VolumeMount mount(
      String volume, String path, boolean readOnly) {
    return new VolumeMountBuilder()
        .withName(volume)
        .withMountPath(path)
        .withReadOnly(readOnly ? Boolean.TRUE : null)
        .build();
  }

  private static Probe probe(
      String path, int port, int periodSeconds, int timeoutSeconds, int failureThreshold) {
    return new ProbeBuilder()
        .withNewHttpGet()
        .withPath(path)
        .withNewPort(port)
        .withScheme("HTTP")
        .endHttpGet()
        .withPeriodSeconds(periodSeconds)
        .withTimeoutSeconds(timeoutSeconds)
        .withFailureThreshold(failureThreshold)
        .withSuccessThreshold(1)
        .build();
  }

  private static Volume tokenVolume(ClusterSettings settings) {
    return new VolumeBuilder()
        .withName("token")
        .withNewSecret()
        .withSecretName(settings.tokenSecretName())
        .withDefaultMode(OWNER_AND_GROUP_READ)
        .endSecret()
        .build();
  }

  private static Volume temporaryVolume() {
    return new VolumeBuilder()
        .withName("tmp")
        .withNewEmptyDir()
        .withSizeLimit(new Quantity("64Mi"))
        .endEmptyDir()
        .build();
  }

  private static PersistentVolumeClaim claim(ClusterSettings settings) {
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withName(Names.DATA_VOLUME)
        .withLabels(Names.selector(settings.name()))
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withVolumeMode("Filesystem")
        .withStorageClassName(settings.storageClassName())
        .withNewResources()
        .withRequests(Map.of("storage", new Quantity(settings.storageSize())))
        .endResources()
        .endSpec()
        .build();
  }
}
