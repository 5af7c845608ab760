package io.multiraft.node.raft;

import io.multiraft.node.raft.MembershipChange.AddLearner;
import io.multiraft.node.raft.MembershipChange.Demote;
import io.multiraft.node.raft.MembershipChange.Promote;
import io.multiraft.node.raft.MembershipChange.Remove;
import io.multiraft.node.raft.MembershipChange.SetPriority;
import io.multiraft.node.raft.SimCounts.What;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Changes a group's members at random, and loses disks as far as a group survives it. */
final class SimOperator {
  private static final int MAX_VOTERS = 5;

  private final SimWorld world;
  private final SimRuntime runtime;

  SimOperator(SimWorld world, SimRuntime runtime) {
    this.world = world;
    this.runtime = runtime;
  }

  /** Asks a leader for some change. */
  void step() {
    SimMember leader = world.leader();
    if (leader == null) {
      return;
    }
    runtime.input(
        leader,
        (core, now) -> {
          MembershipChange change = choose(core.config());
          if (change == null || leavesTooFew(MembershipChanges.after(core.config(), change))) {
            return;
          }
          long expected = core.config().logIndex() - (world.chance(5) ? 1 : 0);
          MembershipResult result = core.changeMembership(expected, change, now);
          world.say(() -> "%d is asked for %s: %s".formatted(leader.id(), change, result));
          count(leader, change, result);
        });
  }

  private MembershipChange choose(ClusterConfig config) {
    ServerConfig some = config.servers().get(world.random().nextInt(config.servers().size()));
    if (world.member(some.serverId()).isDestroyed()) {
      return new Remove(some.serverId());
    }
    long voters = config.servers().stream().filter(ServerConfig::isVoter).count();
    int dice = world.random().nextInt(100);
    if (dice < 10) {
      return new SetPriority(some.serverId(), world.random().nextInt(3) * 10);
    } else if (!some.isVoter() && voters < MAX_VOTERS && dice < 90) {
      return new Promote(some.serverId());
    } else if (dice < 20 && voters > 1 && some.isVoter()) {
      return new Demote(some.serverId());
    } else if (dice < 45 && config.servers().size() > 2) {
      return new Remove(some.serverId());
    }
    return config.servers().size() < MAX_VOTERS + 1 ? addition(config) : null;
  }

  /** A new member, running and empty before anyone knows it, or one whose addition was lost. */
  private MembershipChange addition(ClusterConfig config) {
    int id = config.highestServerId() + 1;
    while (world.member(id) != null && world.member(id).isDestroyed()) {
      id++;
    }
    if (id > SimWorld.MAX_SERVER_ID) {
      return null;
    }
    if (world.member(id) == null) {
      runtime.start(world.add(id));
    }
    String aux = new NodeRef(id, new UUID(0, id)).toAux();
    return new AddLearner(new ServerConfig(id, 0, "host-" + id + ":1", aux, true, false, 1));
  }

  private void count(SimMember leader, MembershipChange change, MembershipResult result) {
    if (result instanceof MembershipResult.Started) {
      if (change.serverId() == leader.id() && change instanceof Remove) {
        world.count(What.LEADER_REMOVED);
      }
      world.count(
          change instanceof AddLearner
              ? What.LEARNER_ADDED
              : change instanceof Promote
                  ? What.PROMOTED
                  : change instanceof Demote
                      ? What.DEMOTED
                      : change instanceof Remove ? What.REMOVED : What.PRIORITY_SET);
    } else if (result instanceof MembershipResult.NotCaughtUp) {
      world.count(What.CHANGE_NOT_CAUGHT_UP);
    } else if (result instanceof MembershipResult.WouldLoseQuorum) {
      world.count(What.CHANGE_WOULD_LOSE_QUORUM);
    } else if (result instanceof MembershipResult.ChangeOpen) {
      world.count(What.CHANGE_WHILE_OPEN);
    } else if (result instanceof MembershipResult.StaleIndex) {
      world.count(What.CHANGE_STALE);
    } else if (result instanceof MembershipResult.NotReady) {
      world.count(What.CHANGE_TOO_EARLY);
    }
  }

  /** A member's disk is lost for ever, unless a quorum could be lost with it. */
  void loseDisk(SimMember member) {
    if (world.checker().configsThatMayCount().stream()
            .allMatch(config -> survives(config, member.id()))
        && allKnowWithout(member)) {
      world.count(What.DISK_LOST);
      world.say(() -> member.id() + " loses its disk");
      world.destroy(member);
    }
  }

  /** Whoever does not know yet that a member was removed may need its vote. */
  private boolean allKnowWithout(SimMember member) {
    for (ServerConfig server : world.checker().committedConfig().servers()) {
      SimMember other = world.member(server.serverId());
      boolean lost = other == member || other.isDestroyed();
      if (!lost && (!other.isUp() || !survives(other.core().config(), member.id()))) {
        return false;
      }
    }
    return true;
  }

  private boolean leavesTooFew(ClusterConfig config) {
    return !survives(config, 0);
  }

  private boolean survives(ClusterConfig config, int without) {
    if (config.servers().isEmpty()) {
      return true; // it has just joined and knows nobody
    }
    List<ServerConfig> voters = config.servers().stream().filter(ServerConfig::isVoter).toList();
    Stream<ServerConfig> left =
        voters.stream()
            .filter(v -> v.serverId() != without && !world.member(v.serverId()).isDestroyed());
    return left.count() > voters.size() / 2;
  }
}
