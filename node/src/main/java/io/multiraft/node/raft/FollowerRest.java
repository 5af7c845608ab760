package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.QuiesceRequest;
import io.multiraft.node.raft.RaftMessage.QuiesceResponse;

/**
 * A follower that rests expects nothing of its leader and holds it to be alive, until something
 * happens in the group or it is told that the leader has gone (wire protocol, section 12.4). It
 * must have exactly what the leader has, so that a leader that wakes has nothing to find out, and
 * an election among members at rest loses nothing.
 */
final class FollowerRest {
  private final Member member;
  private final Election election;
  private boolean resting;

  FollowerRest(Member member, Election election) {
    this.member = member;
    this.election = election;
  }

  boolean isResting() {
    return resting;
  }

  /** The leader of this term asks; whoever rests already is asked anew. */
  QuiesceResponse answer(QuiesceRequest request) {
    long lastIndex = member.log().lastIndex();
    resting =
        member.role() == Role.FOLLOWER
            && request.lastLogIndex() == lastIndex
            && request.lastLogTerm() == member.lastLogTerm()
            && request.commitIndex() == lastIndex
            && member.commitIndex() == lastIndex
            && member.durability().durableIndex() == lastIndex
            && !member.membership().hasOldPeer();
    election.rest(resting);
    return new QuiesceResponse(request.correlation(), member.term(), resting, lastIndex + 1);
  }

  /** Something happens: from now on the leader has an election timeout to show that it lives. */
  void wake() {
    if (resting) {
      end();
      election.leaderHeard();
    }
  }

  /** The leader has gone: what it said before this member rested is all that it said. */
  void end() {
    resting = false;
    election.rest(false);
  }
}
