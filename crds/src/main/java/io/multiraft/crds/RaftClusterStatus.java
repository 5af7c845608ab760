package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.List;
import java.util.Map;

/** What the operator last saw of a cluster. Values that are not known yet are null. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RaftClusterStatus(
    @JsonPropertyDescription("Generation of the spec that this status is about.")
        Long observedGeneration,
    @JsonPropertyDescription("How many nodes there are.") @StatusReplicas Integer replicas,
    @JsonPropertyDescription("How many nodes are ready.") Integer readyReplicas,
    @JsonPropertyDescription("Nodes that are ready, of the nodes wanted: 3/3.") String ready,
    @JsonPropertyDescription("How many RaftGroups live on this cluster.") Integer groups,
    @JsonPropertyDescription("How many groups each node leads, by the node's name.")
        Map<String, Integer> leaders,
    @JsonPropertyDescription("Node image in force; it stays when the operator's default changes.")
        String image,
    @JsonPropertyDescription(
            "Highest group id that was ever reserved on this cluster. Ids are never given out twice.")
        Integer groupIdHighWater,
    @JsonPropertyDescription(
            "The one pod that the operator is taking down on purpose, to replace it; absent while there is none.")
        Disruption disruption,
    @JsonPropertyDescription("Label selector of the cluster's pods, for autoscalers and kubectl.")
        @LabelSelector
        String selector,
    @JsonPropertyDescription(
            "Ready, Available, UpToDate and Healthy, each with a reason; Reconciling and Stalled only while they are true.")
        List<Condition> conditions) {
  /** Copies the collections; conditions are never null. */
  public RaftClusterStatus {
    leaders = leaders == null ? null : Map.copyOf(leaders);
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
