package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.Map;
import java.util.TreeMap;

/** Labels, keys and names that several places have to agree on. */
public final class Names {
  public static final String API_VERSION = "multiraft.io/v1alpha1";
  public static final String CLUSTER_LABEL = "multiraft.io/cluster";
  public static final String GROUP_LABEL = "multiraft.io/group";
  public static final String MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
  public static final String MANAGER = "multiraft-operator";

  /** Which objects belong to the operator. */
  public static final String MANAGED_SELECTOR = MANAGED_BY_LABEL + "=" + MANAGER;

  /** Set by the StatefulSet controller on each of its pods. */
  public static final String POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

  public static final String TOKEN_KEY = "token";
  public static final String DATA_VOLUME = "data";
  public static final String CONTAINER = "node";
  public static final String PORT_NAME = "multiraft";

  private Names() {}

  /** What selects the pods of a cluster; part of an immutable field, so it never changes. */
  public static Map<String, String> selector(String cluster) {
    return new TreeMap<>(Map.of(CLUSTER_LABEL, cluster));
  }

  /** The selector as the scale subresource shows it. */
  public static String selectorText(String cluster) {
    return CLUSTER_LABEL + "=" + cluster;
  }

  /** Labels of every object of a cluster. */
  public static Map<String, String> labels(String cluster) {
    return new TreeMap<>(
        Map.of(
            CLUSTER_LABEL,
            cluster,
            "app.kubernetes.io/name",
            "multiraft",
            "app.kubernetes.io/instance",
            cluster,
            MANAGED_BY_LABEL,
            MANAGER));
  }

  /** The pod of a node; node ids count from 1, ordinals from 0. */
  public static String podName(String cluster, int nodeId) {
    return cluster + "-" + (nodeId - 1);
  }

  /** A controller reference to a resource of ours. */
  public static OwnerReference owner(String kind, String name, String uid) {
    return new OwnerReferenceBuilder()
        .withApiVersion(API_VERSION)
        .withKind(kind)
        .withName(name)
        .withUid(uid)
        .withController(true)
        .withBlockOwnerDeletion(true)
        .build();
  }
}
