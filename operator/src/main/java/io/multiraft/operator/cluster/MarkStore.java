package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.multiraft.crds.RaftCluster;
import io.multiraft.operator.group.GroupIds;
import io.multiraft.operator.observe.ClusterKey;
import java.net.HttpURLConnection;
import java.util.Optional;

/** The high-water mark of group ids in a RaftCluster's status. */
public final class MarkStore implements GroupIds.Store {
  /**
   * Apart from the owner of the rest of the status, so that applying that leaves the mark alone.
   */
  private static final String FIELD_MANAGER = "multiraft-group-ids";

  private final KubernetesClient client;

  public MarkStore(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Optional<GroupIds.Mark> read(ClusterKey cluster) {
    RaftCluster found =
        client
            .resources(RaftCluster.class)
            .inNamespace(cluster.namespace())
            .withName(cluster.name())
            .get();
    return Optional.ofNullable(found)
        .map(
            one ->
                new GroupIds.Mark(
                    one.getMetadata().getUid(),
                    one.getMetadata().getResourceVersion(),
                    highWater(one)));
  }

  private static long highWater(RaftCluster cluster) {
    Integer mark = cluster.getStatus() == null ? null : cluster.getStatus().groupIdHighWater();
    return mark == null ? 0 : mark;
  }

  @Override
  public boolean raise(ClusterKey cluster, GroupIds.Mark read, long newHighWater) {
    String patch =
        "{\"metadata\":{\"resourceVersion\":\"%s\"},\"status\":{\"groupIdHighWater\":%d}}"
            .formatted(read.resourceVersion(), newHighWater);
    try {
      client
          .resources(RaftCluster.class)
          .inNamespace(cluster.namespace())
          .withName(cluster.name())
          .subresource("status")
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.JSON_MERGE)
                  .withFieldManager(FIELD_MANAGER)
                  .build(),
              patch);
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }
}
