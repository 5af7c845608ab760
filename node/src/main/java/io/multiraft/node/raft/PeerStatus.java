package io.multiraft.node.raft;

/**
 * What a leader knows of another member.
 *
 * @param serverId the member
 * @param matchIndex up to here its durable log is known to equal the leader's
 * @param nextIndex the next entry to be sent to it
 * @param silentNanos how long ago it answered last
 */
public record PeerStatus(int serverId, long matchIndex, long nextIndex, long silentNanos) {
  /** The same of a member at rest, for which its node answers. */
  PeerStatus heardNow() {
    return new PeerStatus(serverId, matchIndex, nextIndex, 0);
  }
}
