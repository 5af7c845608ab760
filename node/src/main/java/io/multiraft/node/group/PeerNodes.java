package io.multiraft.node.group;

import io.multiraft.node.port.PeerConnections;
import io.multiraft.node.port.PeerResponse;
import io.multiraft.node.port.RaftCaller;
import io.multiraft.node.port.RaftGroupDispatcher;
import io.multiraft.node.port.Responder;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.RaftConfig;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.QuietCheck;
import io.multiraft.node.wire.QuietCheck.Resting;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which of the nodes that share groups with this one live, once for each of them, and
 * tells the groups at rest what they must know (wire protocol, section 12.4). Thread-safe.
 */
final class PeerNodes implements RaftGroupDispatcher.Handler {
  private static final Logger LOG = LoggerFactory.getLogger(PeerNodes.class);
  private static final int MAX_CHECK_ELECTION_TIMEOUTS = 64;

  private final NodeRef self;
  private final long bootNumber;
  private final RaftConfig config;
  private final PeerConnections peers;
  private final NodeHealth health;
  private final Predicate<Resting> isLedHere;
  private final List<GroupLoop> loops;
  private final Map<NodeRef, PeerNode> nodes = new ConcurrentHashMap<>();
  private final Map<NodeRef, DigestCheck> checks = new HashMap<>();
  private final ScheduledFuture<?> timer;
  private final EventLoop loop;
  private long lastTickNanos;

  /**
   * Begins to send heartbeats and to judge.
   *
   * @param isLedHere whether a group is led by this node's member with this server id in this term
   */
  PeerNodes(
      NodeRef self,
      long bootNumber,
      RaftConfig config,
      PeerConnections peers,
      NodeHealth health,
      Predicate<Resting> isLedHere,
      List<GroupLoop> loops) {
    this.self = self;
    this.bootNumber = bootNumber;
    this.config = config;
    this.peers = peers;
    this.health = health;
    this.isLedHere = isLedHere;
    this.loops = loops;
    loop = loops.get(0).eventLoop();
    lastTickNanos = now();
    timer =
        loop.scheduleWithFixedDelay(
            this::tick, config.heartbeatNanos(), config.heartbeatNanos(), TimeUnit.NANOSECONDS);
  }

  private long now() {
    return loop.ticker().nanoTime();
  }

  /** One more group has a member on this node; to be given back with {@link #release}. */
  PeerNode retain(NodeRef ref, String endpoint) {
    return nodes.compute(
        ref,
        (same, known) -> {
          PeerNode node = known == null ? new PeerNode(ref, endpoint, now()) : known;
          node.retain(endpoint);
          return node;
        });
  }

  /** One group less. */
  void release(PeerNode node) {
    nodes.computeIfPresent(node.ref(), (ref, known) -> node.release() ? null : known);
  }

  /** Since when a node must have been heard, to be one that lives. */
  long aliveSinceNanos() {
    return now() - config.electionTimeoutNanos();
  }

  private void tick() {
    long now = now();
    boolean stoodStill = now - lastTickNanos > config.electionTimeoutNanos() / 2;
    lastTickNanos = now;
    boolean isWell = health.isWell();
    for (PeerNode node : nodes.values()) {
      try {
        look(node, now, stoodStill, isWell);
      } catch (RuntimeException e) {
        LOG.error("Node {} is not looked after", node.ref().nodeId(), e);
      }
    }
  }

  private void look(PeerNode node, long now, boolean stoodStill, boolean isWell) {
    if (stoodStill) {
      node.forgive(now);
    }
    if (isWell) {
      sendHeartbeat(node);
    }
    boolean stops = node.stopsAnswering(aliveSinceNanos());
    if (stops) {
      LOG.info("Node {} does not answer", node.ref().nodeId());
    }
    if (node.fallsSilent(aliveSinceNanos()) || stops) {
      changed(node);
    }
  }

  private void sendHeartbeat(PeerNode node) {
    PeerNode.Digest led = node.led();
    RequestFrame heartbeat =
        RequestFrame.legacy(
            MessageType.NODE_HEARTBEAT_REQUEST,
            self.nodeId(),
            node.ref().nodeId(),
            bootNumber,
            led.sum(),
            led.groups(),
            0,
            List.of());
    send(
        node,
        heartbeat,
        answer -> {
          if (node.answered(answer.term(), now())) {
            restarted(node);
          }
        });
  }

  private void send(
      PeerNode node, RequestFrame request, java.util.function.Consumer<ResponseFrame> then) {
    peers.send(
        node.endpoint(),
        Optional.of(node.ref()),
        0,
        request,
        new PeerResponse() {
          @Override
          public void onResponse(ResponseFrame response) {
            if (!response.isRefusal() && response.accepted()) {
              then.accept(response);
            }
          }

          @Override
          public void onFailure(boolean surelyNotSent) {
            // The next heartbeat comes soon; what is never answered is judged by its silence.
          }
        });
  }

  /** A node has said hello. Any thread. */
  void showsBoot(NodeRef ref, long boot) {
    PeerNode node = nodes.get(ref);
    if (node != null && node.showsBoot(boot)) {
      LOG.debug("Node {} shows boot {}", ref.nodeId(), boot);
      changed(node);
    }
  }

  private void changed(PeerNode node) {
    loops.forEach(each -> each.forEachGroup(group -> group.nodeChanged(node, false)));
  }

  private void restarted(PeerNode node) {
    loops.forEach(each -> each.forEachGroup(group -> group.nodeChanged(node, true)));
  }

  @Override
  public void onRequest(RequestFrame request, RaftCaller caller, Responder responder) {
    boolean known =
        caller.node().filter(node -> node.nodeId() == request.sourceId()).isPresent()
            && request.destinationId() == self.nodeId();
    if (!known) {
      responder.drop();
    } else if (request.type() == MessageType.NODE_HEARTBEAT_REQUEST) {
      heartbeat(request, caller.node().get());
      responder.respond(ResponseFrame.to(request, self.nodeId(), bootNumber, 0, true));
    } else {
      List<Integer> notLed =
          QuietCheck.groups(request).stream()
              .filter(isLedHere.negate())
              .map(Resting::groupId)
              .toList();
      responder.respond(QuietCheck.answer(request, notLed));
    }
  }

  private void heartbeat(RequestFrame request, NodeRef ref) {
    PeerNode node = nodes.get(ref);
    if (node == null) {
      return; // it will know soon that no group is shared any more
    }
    long now = now();
    showsBoot(ref, request.term());
    node.heard(request.term(), now);
    PeerNode.Digest claimed = new PeerNode.Digest(request.lastLogTerm(), request.lastLogIndex());
    boolean checkIsDue;
    synchronized (checks) {
      checkIsDue =
          checks
              .computeIfAbsent(ref, same -> new DigestCheck())
              .isDue(claimed.equals(node.followed()), now, config.electionTimeoutNanos());
    }
    if (checkIsDue) {
      check(node);
    }
  }

  /** Asks about every group that rests here under that node. */
  private void check(PeerNode node) {
    for (GroupLoop each : loops) {
      List<Resting> found = new ArrayList<>();
      each.forEachGroup(
          group -> group.restingUnder(node).ifPresent(found::add),
          () -> {
            for (int from = 0; from < found.size(); from += QuietCheck.MAX_GROUPS) {
              int to = Math.min(found.size(), from + QuietCheck.MAX_GROUPS);
              ask(node, each, List.copyOf(found.subList(from, to)));
            }
          });
    }
  }

  private void ask(PeerNode node, GroupLoop of, List<Resting> resting) {
    send(
        node,
        QuietCheck.question(self.nodeId(), node.ref().nodeId(), resting),
        answer -> {
          Map<Integer, Long> terms = new HashMap<>();
          resting.forEach(each -> terms.put(each.groupId(), each.term()));
          List<Integer> notLed = QuietCheck.notLed(answer);
          if (!notLed.isEmpty()) {
            LOG.info(
                "Node {} does not lead {} groups that rest here",
                node.ref().nodeId(),
                notLed.size());
            of.forEachGroup(
                group -> {
                  Long term = notLed.contains(group.groupId()) ? terms.get(group.groupId()) : null;
                  if (term != null) {
                    group.notLedIn(node, term);
                  }
                });
          }
        });
  }

  void close() {
    timer.cancel(false);
  }

  /** When a difference of digests is worth a question: not one that has just begun. */
  private static final class DigestCheck {
    private long differsSinceNanos;
    private boolean differs;
    private int electionTimeouts = 1;

    boolean isDue(boolean equal, long now, long electionTimeoutNanos) {
      if (equal) {
        differs = false;
        electionTimeouts = 1;
        return false;
      }
      if (!differs) {
        differs = true;
        differsSinceNanos = now;
      }
      if (now - differsSinceNanos < electionTimeouts * electionTimeoutNanos) {
        return false;
      }
      differsSinceNanos = now;
      electionTimeouts = Math.min(MAX_CHECK_ELECTION_TIMEOUTS, 2 * electionTimeouts);
      return true;
    }
  }
}
