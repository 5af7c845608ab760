package io.multiraft.operator.observe;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * What a group's leader knows of another member (docs/admin-api.md).
 *
 * @param live it answered lately
 * @param caughtUp it may be promoted
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ProgressDocument(int serverId, boolean live, boolean caughtUp) {}
