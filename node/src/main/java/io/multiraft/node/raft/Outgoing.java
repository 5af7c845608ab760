package io.multiraft.node.raft;

import java.util.Objects;

/**
 * A message for another member of the same group.
 *
 * @param toServerId the receiver's server id
 * @param message what to send; a {@link RaftMessage.NoAnswer} is not sent but tells the transport
 *     that the request with this correlation stays unanswered
 */
public record Outgoing(int toServerId, RaftMessage message) {
  public Outgoing {
    Objects.requireNonNull(message, "message");
  }
}
