package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.multiraft.operator.observe.NodeAddress;
import java.util.Optional;

/** Where the node in a pod is reached from the operator. */
@FunctionalInterface
public interface PodAddresses {
  /**
   * On a pod: the port that its node listens on in fact, where pods have no network of their own to
   * make it the one in their spec.
   */
  String PORT_ANNOTATION = "multiraft.io/port";

  /** Empty while the pod has no address. */
  Optional<NodeAddress> resolve(Pod pod, int port);

  /** By the address in the pod's status, which needs no DNS and is never stale. */
  static PodAddresses byPodIp() {
    return (pod, port) ->
        Optional.ofNullable(pod.getStatus())
            .map(status -> status.getPodIP())
            .filter(address -> !address.isEmpty())
            .map(address -> new NodeAddress(address, listeningPort(pod, port)));
  }

  private static int listeningPort(Pod pod, int port) {
    return Optional.ofNullable(pod.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(PORT_ANNOTATION))
        .filter(text -> text.matches("[1-9][0-9]{0,4}"))
        .map(Integer::parseInt)
        .orElse(port);
  }

  /** By the pod's name in the headless Service, resolved again at each connect. */
  static PodAddresses byDnsName() {
    return (pod, port) ->
        byPodIp()
            .resolve(pod, port)
            .map(
                address ->
                    new NodeAddress(
                        pod.getMetadata().getName()
                            + "."
                            + pod.getMetadata().getLabels().get(Names.CLUSTER_LABEL)
                            + "-nodes."
                            + pod.getMetadata().getNamespace()
                            + ".svc",
                        address.port()));
  }
}
