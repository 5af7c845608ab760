package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Everything the builders need to know of a cluster, with defaults filled in.
 *
 * @param uid of the RaftCluster, which owns the objects
 * @param image the image in force
 * @param storageSize as written in the volume claim template, such as {@code 10Gi}
 * @param storageClassName null for the default class
 * @param retainWhenDeleted what becomes of claims: {@code Retain} or {@code Delete}
 * @param retainWhenScaled what becomes of claims of removed ordinals
 */
public record ClusterSettings(
    String namespace,
    String name,
    String uid,
    int replicas,
    String image,
    int port,
    String storageSize,
    String storageClassName,
    String retainWhenDeleted,
    String retainWhenScaled,
    ResourceRequirements resources,
    int heartbeatMillis,
    int electionTimeoutMillis,
    String serviceType,
    Map<String, String> serviceAnnotations) {

  public ClusterSettings {
    serviceAnnotations = Map.copyOf(serviceAnnotations);
  }

  /** The names of the pods that there should be. */
  List<String> podNames() {
    return IntStream.rangeClosed(1, replicas)
        .mapToObj(nodeId -> Names.podName(name, nodeId))
        .toList();
  }

  /** Name of the headless Service that gives each pod its DNS name. */
  public String nodesServiceName() {
    return name + "-nodes";
  }

  /** Name of the Secret with the cluster's token. */
  public String tokenSecretName() {
    return name + "-token";
  }
}
