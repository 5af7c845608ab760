package io.multiraft.node.group;

import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.ServerConfig;
import io.multiraft.node.wire.QuietCheck.Resting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A member's tie to the nodes that the others run on: while it rests they are watched for it. Used
 * on the group's event loop.
 */
final class GroupRest {
  /** Another member, and the node it runs on. */
  private record Other(int serverId, PeerNode node) {}

  private final int groupId;
  private final RaftCore core;
  private final PeerNodes nodes;
  private ClusterConfig followedConfig;
  private List<Other> others = List.of();
  private long leaderBoot;
  private boolean resting;
  private long digestItem;
  private List<PeerNode> ledTo = List.of();
  private PeerNode followedUnder;

  GroupRest(int groupId, RaftCore core, PeerNodes nodes) {
    this.groupId = groupId;
    this.core = core;
    this.nodes = nodes;
  }

  /** A leader asks to rest, on a connection on which its node has shown this boot number. */
  void asked(long boot) {
    leaderBoot = boot;
  }

  /** The core has taken its inputs; whether it needs to be looked at again. */
  boolean update(int selfServerId, long now) {
    if (core.config() != followedConfig) {
      follow(core.config(), selfServerId);
    }
    boolean leads = core.role() == Role.LEADER;
    boolean quiet = core.isQuiet();
    if (quiet == resting) {
      return false;
    }
    if (!quiet) {
      wakes();
      return false;
    }
    resting = true;
    digestItem = PeerNode.digestItem(groupId, core.leaderServerId(), core.term());
    if (leads) {
      ledTo = others.stream().map(Other::node).filter(PeerNode::answers).toList();
      ledTo.forEach(node -> node.led(digestItem, true));
      return false;
    }
    followedUnder = nodeOf(core.leaderServerId());
    if (followedUnder != null) {
      followedUnder.followed(digestItem, true);
    }
    return leaderIsGone(now);
  }

  private void wakes() {
    if (!resting) {
      return;
    }
    ledTo.forEach(node -> node.led(digestItem, false));
    if (followedUnder != null) {
      followedUnder.followed(digestItem, false);
    }
    ledTo = List.of();
    followedUnder = null;
    resting = false;
  }

  /** The member begins to lead: it must know whose node is gone already. */
  void leads(long now) {
    for (Other other : others) {
      core.nodeAnswers(other.serverId, other.node.answers(), now);
    }
  }

  /**
   * Something is new about a node; whether the core was told.
   *
   * @param restarted whether it is there, but may have forgotten what it knew
   */
  boolean nodeChanged(PeerNode node, boolean restarted, long now) {
    boolean told = false;
    for (Other other : others) {
      if (other.node == node && core.role() == Role.LEADER) {
        if (restarted) {
          core.nodeAnswers(other.serverId, false, now);
        }
        core.nodeAnswers(other.serverId, node.answers(), now);
        told = true;
      }
    }
    return (followedUnder == node && leaderIsGone(now)) || told;
  }

  private boolean leaderIsGone(long now) {
    boolean gone =
        followedUnder == null || followedUnder.isGone(nodes.aliveSinceNanos(), leaderBoot);
    if (gone) {
      core.leaderGone(now);
    }
    return gone;
  }

  /** How this member rests under a leader on that node, if it does. */
  Optional<Resting> under(PeerNode node) {
    return followedUnder == node
        ? Optional.of(new Resting(groupId, core.leaderServerId(), core.term()))
        : Optional.empty();
  }

  /** Whether a member's node answers, as far as one can know; true of an old peer's. */
  boolean answers(int serverId) {
    PeerNode node = nodeOf(serverId);
    return node == null || node.answers();
  }

  private PeerNode nodeOf(int serverId) {
    for (Other other : others) {
      if (other.serverId == serverId) {
        return other.node;
      }
    }
    return null;
  }

  private void follow(ClusterConfig config, int selfServerId) {
    List<Other> before = others;
    List<Other> after = new ArrayList<>(2);
    for (ServerConfig server : config.servers()) {
      Optional<NodeRef> ref = NodeRef.fromAux(server.aux());
      if (server.serverId() != selfServerId && ref.isPresent()) {
        after.add(new Other(server.serverId(), nodes.retain(ref.get(), server.endpoint())));
      }
    }
    others = List.copyOf(after);
    before.forEach(other -> nodes.release(other.node));
    followedConfig = config;
  }

  /** The member ends. */
  void stop() {
    wakes();
    others.forEach(other -> nodes.release(other.node));
    others = List.of();
  }
}
