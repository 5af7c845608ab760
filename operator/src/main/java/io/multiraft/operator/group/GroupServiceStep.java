package io.multiraft.operator.group;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.multiraft.crds.RaftGroup;
import io.multiraft.operator.cluster.Applier;
import io.multiraft.operator.cluster.Names;
import io.multiraft.operator.cluster.Services;
import io.multiraft.operator.observe.ClusterKey;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Service of a group's own name, where the spec wants one. */
final class GroupServiceStep {
  private static final Logger log = LoggerFactory.getLogger(GroupServiceStep.class);

  private final KubernetesClient client;
  private final Applier applier;

  GroupServiceStep(KubernetesClient client, Applier applier) {
    this.client = client;
    this.applier = applier;
  }

  /**
   * Makes or removes the Service.
   *
   * @param cached the Service that this group owns; null when there is none
   * @return false when the name belongs to something else
   */
  boolean ensure(RaftGroup group, int port, Service cached) {
    if (!group.getSpec().service().enabled()) {
      if (cached != null) {
        client.resource(cached).delete();
        applier.forget(cached);
        log.info("{}: removed its Service", GroupPlan.name(group));
      }
      return true;
    }
    try {
      applier.apply(service(group, port), cached);
      return true;
    } catch (Applier.NameTakenException e) {
      return false;
    }
  }

  static Service service(RaftGroup group, int port) {
    ClusterKey cluster = GroupPlan.cluster(group);
    String name = group.getMetadata().getName();
    Map<String, String> labels = new TreeMap<>(Names.labels(cluster.name()));
    labels.put(Names.GROUP_LABEL, name);
    ObjectMeta metadata =
        new ObjectMetaBuilder()
            .withNamespace(group.getMetadata().getNamespace())
            .withName(name)
            .withLabels(labels)
            .withOwnerReferences(Names.owner("RaftGroup", name, group.getMetadata().getUid()))
            .build();
    return Services.service(metadata, "ClusterIP", cluster.name(), port);
  }

  /** Where clients reach the group: its own Service, else the cluster's. */
  static String endpoint(RaftGroup group, int port) {
    String service =
        group.getSpec().service().enabled()
            ? group.getMetadata().getName()
            : GroupPlan.cluster(group).name();
    return service + "." + group.getMetadata().getNamespace() + ".svc:" + port;
  }
}
