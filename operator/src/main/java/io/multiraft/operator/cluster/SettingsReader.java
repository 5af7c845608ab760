package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.multiraft.crds.RaftCluster;
import io.multiraft.crds.RaftClusterSpec;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Turns a RaftCluster into settings: fills in defaults and pins what must not change. Pure. */
final class SettingsReader {
  private SettingsReader() {}

  /**
   * The settings in force.
   *
   * @param running the StatefulSet as it is; null while there is none. It never shrinks, and its
   *     volume claim template cannot be changed
   * @param defaultImage for a cluster that names no image and never had one
   */
  static ClusterSettings read(RaftCluster cluster, StatefulSet running, String defaultImage) {
    RaftClusterSpec spec = cluster.getSpec();
    return new ClusterSettings(
        cluster.getMetadata().getNamespace(),
        cluster.getMetadata().getName(),
        cluster.getMetadata().getUid(),
        Math.max(spec.replicas(), runningReplicas(running)),
        image(cluster, running, defaultImage),
        spec.port(),
        runningStorageSize(running).orElseGet(() -> spec.storage().size().toString()),
        spec.storage().storageClassName(),
        spec.storage().retention().whenDeleted().name(),
        spec.storage().retention().whenScaled().name(),
        spec.resources() == null ? new ResourceRequirements() : spec.resources().toRequirements(),
        spec.raft().heartbeatIntervalMillis(),
        spec.raft().electionTimeoutMillis(),
        spec.service().type().name(),
        spec.service().annotations());
  }

  static int runningReplicas(StatefulSet running) {
    return running == null ? 0 : Optional.ofNullable(running.getSpec().getReplicas()).orElse(0);
  }

  private static Optional<String> runningStorageSize(StatefulSet running) {
    return Optional.ofNullable(running)
        .map(set -> set.getSpec().getVolumeClaimTemplates())
        .flatMap(claims -> claims.stream().findFirst())
        .map(claim -> claim.getSpec().getResources().getRequests().get("storage"))
        .map(Object::toString);
  }

  /**
   * What the user names; else what is in force; else this operator's default. An image once in
   * force stays, so that an upgrade of the operator restarts nothing.
   */
  private static String image(RaftCluster cluster, StatefulSet running, String defaultImage) {
    String pinned = cluster.getStatus() == null ? null : cluster.getStatus().image();
    String runs =
        running == null
            ? null
            : running.getSpec().getTemplate().getSpec().getContainers().get(0).getImage();
    return Stream.of(cluster.getSpec().image(), pinned, runs, defaultImage)
        .filter(Objects::nonNull)
        .filter(image -> !image.isBlank())
        .findFirst()
        .orElseThrow();
  }
}
