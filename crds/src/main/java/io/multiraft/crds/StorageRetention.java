package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** What becomes of the volumes when their nodes are no longer wanted. Nothing here is null. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StorageRetention(
    @JsonPropertyDescription(
            "When the RaftCluster is deleted: Retain keeps the volumes and what is in them, Delete removes them.")
        @Default("Retain")
        VolumePolicy whenDeleted,
    @JsonPropertyDescription(
            "When the cluster has fewer nodes than before: Retain keeps the volumes of the nodes that left, Delete removes"
                + " them.")
        @Default("Retain")
        VolumePolicy whenScaled) {
  /** Fills in the defaults. */
  public StorageRetention {
    whenDeleted = whenDeleted == null ? VolumePolicy.Retain : whenDeleted;
    whenScaled = whenScaled == null ? VolumePolicy.Retain : whenScaled;
  }
}
