package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SelectableField;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Names the RaftCluster of a group. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClusterRef(
    @JsonPropertyDescription("Name of a RaftCluster in the same namespace.")
        @Required
        @Size(min = 1, max = 52)
        @SelectableField
        String name) {}
