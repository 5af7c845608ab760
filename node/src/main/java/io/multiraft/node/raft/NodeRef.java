package io.multiraft.node.raft;

import java.util.Optional;
import java.util.UUID;

/**
 * The node that a member runs on, as {@code srv_config.aux} carries it: {@code
 * multiraft/1;<nodeId>;<incarnation>}. Old peers pass the text on without reading it.
 *
 * @param nodeId the node's id, 1 and up
 * @param incarnation made at random when the node's disk was new
 */
public record NodeRef(int nodeId, UUID incarnation) {
  private static final String PREFIX = "multiraft/1;";

  /** The text for {@link ServerConfig#aux()}. */
  public String toAux() {
    return PREFIX + nodeId + ";" + incarnation;
  }

  /** Reads {@link ServerConfig#aux()}; empty for an old peer. */
  public static Optional<NodeRef> fromAux(String aux) {
    if (!aux.startsWith(PREFIX)) {
      return Optional.empty();
    }
    int separator = aux.indexOf(';', PREFIX.length());
    if (separator < 0) {
      return Optional.empty();
    }
    try {
      int nodeId = Integer.parseInt(aux.substring(PREFIX.length(), separator));
      return Optional.of(new NodeRef(nodeId, UUID.fromString(aux.substring(separator + 1))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
