package io.multiraft.node.raft;

import io.multiraft.node.raft.MembershipChange.AddLearner;
import io.multiraft.node.raft.MembershipChange.Demote;
import io.multiraft.node.raft.MembershipChange.Promote;
import io.multiraft.node.raft.MembershipChange.Remove;
import io.multiraft.node.raft.MembershipChange.SetPriority;
import java.util.Optional;

/** Which changes a leader takes, and what the members are after each. */
final class MembershipChanges {
  private final Member member;
  private final Replication replication;

  MembershipChanges(Member member, Replication replication) {
    this.member = member;
    this.replication = replication;
  }

  /** The members after a change of an existing one or of a new one. */
  static ClusterConfig after(ClusterConfig before, MembershipChange change) {
    if (change instanceof AddLearner add) {
      return before.withServer(add.server());
    } else if (change instanceof Remove remove) {
      return before.withoutServer(remove.serverId());
    }
    ServerConfig server = before.server(change.serverId()).orElseThrow();
    if (change instanceof Promote) {
      return before.withServer(server.asVoter());
    } else if (change instanceof Demote) {
      return before.withServer(server.asLearner());
    } else if (change instanceof SetPriority set) {
      return before.withServer(server.withPriority(set.priority()));
    }
    throw new IllegalArgumentException("not a change: " + change);
  }

  /** Why a change of the configuration in force is not possible, empty if it is. */
  Optional<MembershipResult> refusal(MembershipChange change) {
    ClusterConfig before = member.membership().inForce();
    Optional<ServerConfig> server = before.server(change.serverId());
    if (change instanceof AddLearner add) {
      int highest = before.highestServerId();
      if (server.equals(Optional.of(add.server()))) {
        return Optional.of(new MembershipResult.NoChange(before.logIndex()));
      }
      return change.serverId() > highest
          ? Optional.empty()
          : Optional.of(new MembershipResult.ServerIdUsed(highest));
    }
    if (server.isEmpty()) {
      return Optional.of(new MembershipResult.UnknownServer(change.serverId()));
    }
    ClusterConfig after = after(before, change);
    if (after.servers().equals(before.servers())) {
      return Optional.of(new MembershipResult.NoChange(before.logIndex()));
    }
    if (change instanceof Promote && !hasCaughtUp(change.serverId())) {
      long behind = member.log().lastIndex() - replication.matchIndex(change.serverId());
      return Optional.of(new MembershipResult.NotCaughtUp(behind));
    }
    return quorumLoss(after);
  }

  private boolean hasCaughtUp(int serverId) {
    long match = replication.matchIndex(serverId);
    long last = member.log().lastIndex();
    RaftConfig config = member.config();
    if (!replication.isLive(serverId)
        || match < member.log().firstIndex() - 1
        || last - match > config.maxPromotionLagEntries()) {
      return false;
    }
    if (last == match) {
      return true;
    }
    int lag = (int) (last - match);
    long bytes = 0;
    int found = 0;
    for (LogEntry entry :
        member.log().entries(match + 1, last, config.maxPromotionLagBytes(), lag)) {
      bytes += entry.payload().length;
      found++;
    }
    return found == lag && bytes <= config.maxPromotionLagBytes();
  }

  private Optional<MembershipResult> quorumLoss(ClusterConfig after) {
    int voters = 0;
    int live = 0;
    for (ServerConfig server : after.servers()) {
      if (server.isVoter()) {
        voters++;
        live += replication.isLive(server.serverId()) ? 1 : 0;
      }
    }
    int needed = voters / 2 + 1;
    return live >= needed
        ? Optional.empty()
        : Optional.of(new MembershipResult.WouldLoseQuorum(live, needed));
  }
}
