package io.multiraft.operator.observe;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * One member in a group document or in a bootstrap list (docs/admin-api.md).
 *
 * @param learner absent in what the operator sends: bootstrap members are voters
 * @param priority absent in what the operator sends
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MemberDocument(
    int serverId,
    int nodeId,
    String incarnation,
    String address,
    Boolean learner,
    Integer priority) {}
