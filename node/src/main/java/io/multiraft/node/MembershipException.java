package io.multiraft.node;

import io.multiraft.node.raft.MembershipResult;
import java.util.Objects;

/** A change of the members was refused; surely nothing has changed. */
public final class MembershipException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient MembershipResult why;

  public MembershipException(MembershipResult why) {
    super(sentence(why));
    this.why = Objects.requireNonNull(why, "why");
  }

  /** What the leader said; never that the change was started or that there was nothing to do. */
  public MembershipResult why() {
    return why;
  }

  private static String sentence(MembershipResult why) {
    if (why instanceof MembershipResult.StaleIndex stale) {
      return "the configuration in force is that of index " + stale.configIndex();
    } else if (why instanceof MembershipResult.ChangeOpen open) {
      return "the change at index " + open.configIndex() + " is not committed yet";
    } else if (why instanceof MembershipResult.NotReady) {
      return "the leader has not committed an entry of its term yet; try again";
    } else if (why instanceof MembershipResult.WouldLoseQuorum lost) {
      return "of the voters that would be left only %d answer, %d are needed"
          .formatted(lost.liveVoters(), lost.neededVoters());
    } else if (why instanceof MembershipResult.NotCaughtUp behind) {
      return "the learner lacks " + behind.entriesBehind() + " entries, or does not answer";
    } else if (why instanceof MembershipResult.UnknownServer unknown) {
      return "server " + unknown.serverId() + " is no member";
    } else if (why instanceof MembershipResult.ServerIdUsed used) {
      return "server ids up to " + used.highestServerId() + " were used already";
    } else if (why instanceof MembershipResult.NotLeader) {
      return "this member does not lead, or is handing its leadership over";
    }
    throw new IllegalArgumentException("not a refusal: " + why);
  }
}
