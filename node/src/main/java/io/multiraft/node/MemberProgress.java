package io.multiraft.node;

/**
 * What a leader knows of another member; coarse, looked at now and then.
 *
 * @param serverId the member
 * @param live it has answered lately
 * @param caughtUp it lacks so little that it may be promoted
 * @param matchIndex up to here it has the leader's log on its disk, as far as known
 */
public record MemberProgress(int serverId, boolean live, boolean caughtUp, long matchIndex) {
  /** The same without the counter, whose change is no change of meaning. */
  public MemberProgress withoutCounter() {
    return new MemberProgress(serverId, live, caughtUp, 0);
  }
}
