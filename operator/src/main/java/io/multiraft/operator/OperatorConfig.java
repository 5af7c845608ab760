package io.multiraft.operator;

import io.multiraft.operator.observe.ObserveTimings;
import java.time.Duration;
import java.util.Set;

/**
 * How this operator behaves.
 *
 * @param nodeImage image of nodes whose RaftCluster names none
 * @param namespaces the namespaces to look after; empty means all
 * @param addressKind how a pod's node is reached
 * @param removalTimeout how long a deleted group waits for members that cannot be reached
 * @param orphanGrace how long a group that no RaftGroup names is left alone
 * @param clusterStatusInterval the least time between writes of counts to a RaftCluster's status
 * @param progressInterval how long the making of a group goes on before its status says how far it
 *     is
 * @param rolloutPace how soon a rolling change is looked at again, since what it waits for may give
 *     no sign
 */
public record OperatorConfig(
    String nodeImage,
    Set<String> namespaces,
    AddressKind addressKind,
    Duration removalTimeout,
    Duration orphanGrace,
    Duration clusterStatusInterval,
    Duration progressInterval,
    Duration rolloutPace,
    ObserveTimings observeTimings) {

  /** How a pod's node is reached. */
  public enum AddressKind {
    /** By the address in the pod's status: needs no DNS. */
    POD_IP,
    /** By the pod's name in the headless Service. */
    DNS
  }

  public OperatorConfig {
    namespaces = Set.copyOf(namespaces);
  }

  /** What {@code Main} uses unless told otherwise. */
  public static OperatorConfig standard(
      String nodeImage, Set<String> namespaces, AddressKind addressKind) {
    return new OperatorConfig(
        nodeImage,
        namespaces,
        addressKind,
        Duration.ofSeconds(60),
        Duration.ofMinutes(5),
        Duration.ofSeconds(5),
        Duration.ofSeconds(3),
        Duration.ofSeconds(1),
        ObserveTimings.standard());
  }
}
