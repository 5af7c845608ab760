package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** One of the members that a group was first made with. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BootstrapMember(
    @JsonPropertyDescription("Raft server id of the member within its group.") @Required
        Integer serverId,
    @JsonPropertyDescription("Id of the node that hosts the member.") @Required Integer nodeId,
    @JsonPropertyDescription(
            "Which life of the node: another disk has another incarnation and is not trusted as this member.")
        @Required
        String incarnation,
    @JsonPropertyDescription("Address of the node for its peers, host:port.") @Required
        String address,
    @JsonPropertyDescription("Name of the node (its pod).") @Required String node) {}
