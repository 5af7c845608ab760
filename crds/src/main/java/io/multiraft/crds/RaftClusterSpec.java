package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;

/**
 * What a user asks of a cluster. Absent parts are filled with the same defaults that the API server
 * fills in, so nothing but {@code image}, {@code resources} and {@code tls} is ever null.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "has(self.tls) && has(self.tls.mode)",
    message =
        "spec.tls.mode must be said: this release talks plain text, to its clients and between its nodes. Write `tls:"
            + " {mode: Disabled}` to accept that; TLS comes in a later release",
    reason = "FieldValueRequired",
    fieldPath = ".tls")
public record RaftClusterSpec(
    @JsonPropertyDescription(
            "How many nodes (pods) the cluster has. A group with three voters needs three nodes. Can grow; shrinking is"
                + " refused in this release.")
        @Default("3")
        @Min(1)
        @ValidationRule(
            value = "self >= oldSelf",
            message =
                "spec.replicas cannot shrink in this release: the members on the nodes that would leave have nowhere to"
                    + " go. Scale-down comes in a later release")
        @SpecReplicas
        Integer replicas,
    @JsonPropertyDescription(
            "Image of the nodes. Without it, the operator's default is taken when the cluster is made, and kept"
                + " when the operator is upgraded.")
        @Size(min = 1, max = 1024)
        String image,
    @JsonPropertyDescription(
            "The one TCP port of each node, for etcd clients, peers, admin calls and metrics. Cannot be changed.")
        @Default("2379")
        @Min(1024)
        @Max(65535)
        @ValidationRule(
            value = "self == oldSelf",
            message =
                "spec.port cannot be changed: members of groups know each other by address and port. Make a new"
                    + " RaftCluster instead")
        Integer port,
    @JsonPropertyDescription("The disk of each node.") @Default("{}") NodeStorage storage,
    @JsonPropertyDescription(
            "CPU and memory of each node's container. The Java heap is sized from the memory limit.")
        NodeResources resources,
    @JsonPropertyDescription("Encryption on the shared port. Must be said.") ClusterTls tls,
    @JsonPropertyDescription("Timing of Raft, the same for all groups of the cluster.")
        @Default("{}")
        RaftTiming raft,
    @JsonPropertyDescription("The Service through which clients reach any node of the cluster.")
        @Default("{}")
        ClientService service,
    @JsonPropertyDescription(
            "A node that cannot be reached for so long counts as lost: the members on it are replaced by new ones on"
                + " other nodes, where there are any. In seconds.")
        @Default("600")
        @Min(30)
        @Max(86400)
        Integer replaceAfterSeconds,
    @JsonPropertyDescription(
            "While true the operator changes nothing of the cluster; groups go on as they are.")
        @Default("false")
        Boolean paused) {
  /** Fills in the defaults. */
  public RaftClusterSpec {
    replicas = replicas == null ? 3 : replicas;
    port = port == null ? 2379 : port;
    storage = storage == null ? new NodeStorage(null, null, null) : storage;
    raft = raft == null ? new RaftTiming(null, null) : raft;
    service = service == null ? new ClientService(null, null) : service;
    replaceAfterSeconds = replaceAfterSeconds == null ? 600 : replaceAfterSeconds;
    paused = paused != null && paused;
  }
}
