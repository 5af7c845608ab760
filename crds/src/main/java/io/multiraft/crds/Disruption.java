package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/**
 * The one pod that the operator takes down on purpose. It is written before anything is done, so
 * that an operator that takes over goes on where the one before stopped.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Disruption(
    @JsonPropertyDescription("Name of the pod.") @Required String pod,
    @JsonPropertyDescription(
            "Uid of the pod that has to go; a pod of that name with another uid is its successor.")
        @Required
        String podUid,
    @JsonPropertyDescription("Why it has to go.") @Required String reason,
    @JsonPropertyDescription("Since when.") @Required String since) {}
