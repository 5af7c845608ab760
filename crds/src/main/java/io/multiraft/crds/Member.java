package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A member of a group as its node reports it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Member(
    @JsonPropertyDescription("Name of the node (its pod) that hosts the member.") @Required
        String node,
    @JsonPropertyDescription("Raft server id of the member within its group.") @Required
        Integer serverId,
    @JsonPropertyDescription("LEADER, FOLLOWER, CANDIDATE or LEARNER; absent while it is unknown.")
        String role,
    @JsonPropertyDescription(
            "RUNNING or FAILED as the node says, or what the operator sees instead.")
        String state) {}
