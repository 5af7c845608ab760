package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * What a user asks of a group. Absent parts are filled with the same defaults that the API server
 * fills in, so nothing here is null but a forgotten {@code clusterRef}, which the API server
 * refuses.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RaftGroupSpec(
    @JsonPropertyDescription(
            "The RaftCluster, in the same namespace, whose nodes host the group. Cannot be changed.")
        @Required
        @ValidationRule(
            value = "self == oldSelf",
            message =
                "spec.clusterRef cannot be changed: the group's data lives on the nodes of its cluster. Make a new"
                    + " RaftGroup instead")
        ClusterRef clusterRef,
    @JsonPropertyDescription(
            "How many members vote: 1, 3, 5 or 7. With three, one may fail; with five, two. Each is on another node."
                + " A change adds or removes members one at a time, each new one caught up before it votes.")
        @Default("3")
        @ValidationRule(
            value = "self in [1, 3, 5, 7]",
            message =
                "spec.voters must be 1, 3, 5 or 7: an even number needs one more member and survives no more failures")
        Integer voters,
    @JsonPropertyDescription("A Service of the group's own.") @Default("{}") GroupService service,
    @JsonPropertyDescription(
            "When the RaftGroup is deleted: Delete removes the group and its data from all nodes, Retain leaves them"
                + " there, closed to clients.")
        @Default("Delete")
        DeletionPolicy deletionPolicy,
    @JsonPropertyDescription(
            "While true the operator changes nothing of the group; it goes on as it is.")
        @Default("false")
        Boolean paused) {
  /** Fills in the defaults. */
  public RaftGroupSpec {
    voters = voters == null ? 3 : voters;
    service = service == null ? new GroupService(null) : service;
    deletionPolicy = deletionPolicy == null ? DeletionPolicy.Delete : deletionPolicy;
    paused = paused != null && paused;
  }

  /** What becomes of a group's data; constants are spelled as the API spells them. */
  public enum DeletionPolicy {
    /** The group and its data are removed from all nodes. */
    Delete,
    /** The group's members stay on their nodes and refuse clients. */
    Retain
  }
}
