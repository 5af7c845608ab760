package io.multiraft.operator.observe;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * A node's answer to {@code GET /v1/node} (docs/admin-api.md).
 *
 * @param address what the node advertises to its peers, host and port
 * @param highestGroupIdSeen the highest group id its disk has ever held, removed ones too
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record NodeDocument(
    int nodeId,
    String name,
    String incarnation,
    long bootNumber,
    String version,
    String address,
    long highestGroupIdSeen,
    boolean drained) {}
