package io.multiraft.operator.group;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.multiraft.crds.RaftCluster;
import io.multiraft.crds.RaftGroup;
import io.multiraft.operator.observe.ClusterKey;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Finds RaftGroups and RaftClusters in the informers' caches. Safe for use by many threads. */
final class GroupDirectory {
  private static final String BY_CLUSTER = "cluster";

  private volatile IndexerResourceCache<RaftGroup> groups;
  private volatile Function<ResourceID, Optional<RaftCluster>> clusters = id -> Optional.empty();

  /** Called once, before the caches fill. */
  void open(
      IndexerResourceCache<RaftGroup> groupCache,
      Function<ResourceID, Optional<RaftCluster>> clusterCache) {
    groupCache.addIndexer(BY_CLUSTER, group -> List.of(GroupPlan.cluster(group).toString()));
    groups = groupCache;
    clusters = clusterCache;
  }

  Optional<RaftCluster> cluster(ClusterKey key) {
    return clusters.apply(new ResourceID(key.name(), key.namespace()));
  }

  Optional<RaftGroup> group(GroupName name) {
    IndexerResourceCache<RaftGroup> cache = groups;
    return cache == null
        ? Optional.empty()
        : cache.get(new ResourceID(name.name(), name.namespace()));
  }

  List<RaftGroup> groupsOf(ClusterKey cluster) {
    IndexerResourceCache<RaftGroup> cache = groups;
    return cache == null ? List.of() : cache.byIndex(BY_CLUSTER, cluster.toString());
  }

  Set<ResourceID> groupIdsOf(ClusterKey cluster) {
    return groupsOf(cluster).stream().map(ResourceID::fromResource).collect(Collectors.toSet());
  }

  long highestGroupId(ClusterKey cluster) {
    return groupsOf(cluster).stream()
        .flatMap(group -> GroupPlan.of(group).stream())
        .mapToLong(GroupPlan::groupId)
        .max()
        .orElse(0);
  }
}
