package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.QuiesceRequest;
import io.multiraft.node.raft.RaftMessage.QuiesceResponse;
import io.multiraft.node.raft.RaftMessage.WakeRequest;
import java.util.HashSet;
import java.util.Set;

/**
 * When a leader that has nothing to do asks its followers to rest, and when it rests itself (wire
 * protocol, section 12.4): once everybody does whose node answers. Nothing is sent then and nothing
 * is due; that the nodes live is judged elsewhere, once for each pair of them.
 */
final class LeaderRest {
  private final Member member;
  private final Replication replication;
  private final long term;
  private final Set<Integer> gone = new HashSet<>(2);
  private final Set<Integer> resting = new HashSet<>(2);
  private long disturbedNanos;
  private long roundCorrelation;
  private boolean asked;
  private boolean quiet;

  LeaderRest(Member member, Replication replication) {
    this.member = member;
    this.replication = replication;
    term = member.term();
    disturbedNanos = member.nowNanos();
  }

  /** Whether this leader rests. */
  boolean isQuiet() {
    return quiet;
  }

  /** Whether this member rests and its node answers for it. */
  boolean answersFor(int serverId) {
    return quiet && !gone.contains(serverId);
  }

  /** Something is asked of the group; whether this leader was resting. */
  boolean disturbed() {
    boolean was = quiet;
    quiet = false;
    resting.clear();
    disturbedNanos = member.nowNanos();
    if (was) {
      // Their nodes have answered all the time.
      replication.serverIds().stream()
          .filter(id -> !gone.contains(id))
          .forEach(replication::presumeAlive);
    }
    return was;
  }

  /**
   * The node of this member does not answer any more, or answers again; whether that has to end a
   * rest.
   */
  boolean nodeAnswers(int serverId, boolean answers) {
    boolean returns = answers && gone.remove(serverId);
    if (!answers) {
      gone.add(serverId);
    }
    return returns || !hasLiveQuorum();
  }

  /** Whether the group may rest: nothing was asked for long enough, and all have everything. */
  boolean isWanted() {
    long afterNanos = member.config().quiesceAfterNanos();
    long lastIndex = member.log().lastIndex();
    return afterNanos > 0
        && !quiet
        && member.isDue(disturbedNanos + afterNanos)
        && member.commitIndex() == lastIndex
        && member.durability().durableIndex() == lastIndex
        && !member.membership().hasOldPeer()
        && hasLiveQuorum()
        && replication.serverIds().stream().allMatch(id -> isAway(id) || replication.isLevel(id));
  }

  /** Neither the node nor the member itself has answered for an election timeout. */
  private boolean isAway(int serverId) {
    return gone.contains(serverId) && !replication.isLive(serverId);
  }

  private boolean hasLiveQuorum() {
    int live = 0;
    for (int voter : member.membership().voters()) {
      live += gone.contains(voter) ? 0 : 1;
    }
    return live >= member.membership().quorum();
  }

  /** In place of heartbeats; whose node is gone gets one, to be found when it is back. */
  void ask() {
    asked = true;
    resting.clear();
    roundCorrelation = member.outbox().nextCorrelation();
    for (int serverId : replication.serverIds()) {
      if (isAway(serverId)) {
        replication.sendHeartbeat(serverId);
      } else {
        member.send(
            serverId,
            new QuiesceRequest(
                member.outbox().takeCorrelation(),
                term,
                member.lastLogTerm(),
                member.log().lastIndex(),
                member.commitIndex()));
      }
    }
  }

  /** An answer in this term. It shows that the follower lives, and confirms no read. */
  void answered(int fromServerId, QuiesceResponse response) {
    if (!asked || response.correlation() < roundCorrelation) {
      return;
    }
    replication.heard(fromServerId);
    if (!response.accepted()) {
      // It may lack what only a heartbeat tells, as the commit index: some of them first.
      disturbed();
      return;
    }
    resting.add(fromServerId);
    boolean all =
        replication.serverIds().stream().allMatch(id -> isAway(id) || resting.contains(id));
    quiet = all && isWanted();
  }

  /** The term is lost: whoever may rest under this leader must not any more. */
  void end() {
    if (asked) {
      for (int serverId : replication.serverIds()) {
        member.send(serverId, new WakeRequest(member.outbox().takeCorrelation(), term));
      }
    }
  }
}
