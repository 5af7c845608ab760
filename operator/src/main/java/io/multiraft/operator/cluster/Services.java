package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.util.Map;

/** Builds a cluster's small objects: Services, ServiceAccount, PodDisruptionBudget. */
public final class Services {
  private Services() {}

  /** Metadata of an object that the cluster owns. */
  static ObjectMeta metadata(ClusterSettings settings, String name) {
    return new ObjectMetaBuilder()
        .withNamespace(settings.namespace())
        .withName(name)
        .withLabels(Names.labels(settings.name()))
        .withOwnerReferences(Names.owner("RaftCluster", settings.name(), settings.uid()))
        .build();
  }

  /** Gives pods their names, ready or not: nodes find each other before they are ready. */
  public static Service nodesService(ClusterSettings settings) {
    return new ServiceBuilder()
        .withMetadata(metadata(settings, settings.nodesServiceName()))
        .withNewSpec()
        .withType("ClusterIP")
        .withClusterIP("None")
        .withPublishNotReadyAddresses(true)
        .withSessionAffinity("None")
        .withInternalTrafficPolicy("Cluster")
        .withSelector(Names.selector(settings.name()))
        .withPorts(port(settings.port()))
        .endSpec()
        .build();
  }

  /** What clients talk to: any ready node. */
  public static Service clientService(ClusterSettings settings) {
    ObjectMeta metadata = metadata(settings, settings.name());
    if (!settings.serviceAnnotations().isEmpty()) {
      metadata.setAnnotations(settings.serviceAnnotations());
    }
    return service(metadata, settings.serviceType(), settings.name(), settings.port());
  }

  /** A Service in front of all ready nodes of a cluster. */
  public static Service service(ObjectMeta metadata, String type, String cluster, int port) {
    return new ServiceBuilder()
        .withMetadata(metadata)
        .withNewSpec()
        .withType(type)
        .withSessionAffinity("None")
        .withInternalTrafficPolicy("Cluster")
        .withSelector(Names.selector(cluster))
        .withPorts(port(port))
        .endSpec()
        .build();
  }

  private static ServicePort port(int port) {
    return new ServicePortBuilder()
        .withName(Names.PORT_NAME)
        .withProtocol("TCP")
        .withPort(port)
        .withNewTargetPort(Names.PORT_NAME)
        .build();
  }

  /** Nodes do not talk to Kubernetes: the account has no rights and its token is not mounted. */
  public static ServiceAccount serviceAccount(ClusterSettings settings) {
    return new ServiceAccountBuilder()
        .withMetadata(metadata(settings, settings.name()))
        .withAutomountServiceAccountToken(false)
        .build();
  }

  /**
   * How many nodes may be evicted at a time.
   *
   * @param maxUnavailable 1, or 0 while no node may go
   */
  public static PodDisruptionBudget disruptionBudget(ClusterSettings settings, int maxUnavailable) {
    return new PodDisruptionBudgetBuilder()
        .withMetadata(metadata(settings, settings.name()))
        .withNewSpec()
        .withNewMaxUnavailable(maxUnavailable)
        .withUnhealthyPodEvictionPolicy("IfHealthyBudget")
        .withNewSelector()
        .withMatchLabels(Map.copyOf(Names.selector(settings.name())))
        .endSelector()
        .endSpec()
        .build();
  }
}
