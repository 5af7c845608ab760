package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.multiraft.operator.observe.NodeAddress;
import java.util.Optional;

/** Where the node in a pod is reached from the operator. */
@FunctionalInterface
public interface PodAddresses {
  /** Empty while the pod has no address. */
  Optional<NodeAddress> resolve(Pod pod, int port);

  /** By the address in the pod's status, which needs no DNS and is never stale. */
  static PodAddresses byPodIp() {
    return (pod, port) ->
        Optional.ofNullable(pod.getStatus())
            .map(status -> status.getPodIP())
            .filter(address -> !address.isEmpty())
            .map(address -> new NodeAddress(address, port));
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
                        port));
  }
}
