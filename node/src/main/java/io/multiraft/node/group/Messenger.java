package io.multiraft.node.group;

import io.multiraft.node.port.PeerConnections;
import io.multiraft.node.port.PeerResponse;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.Outgoing;
import io.multiraft.node.raft.RaftCore;
import io.multiraft.node.raft.RaftMessage;
import io.multiraft.node.raft.ServerConfig;
import io.multiraft.node.wire.ResponseFrame;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Carries the core's messages to the other members and their answers back, and keeps those that
 * must not leave before the disk has what they speak of. Used on the group's event loop.
 */
final class Messenger {
  /** What may happen once the Ready {@code afterSequence} is durable. */
  private record Held(long afterSequence, Runnable action) {}

  private final int groupId;
  private final int serverId;
  private final RaftCore core;
  private final PeerConnections peers;
  private final IncomingRequests incoming;
  private final Consumer<Runnable> onLoop;
  private final NodeHealth health;
  private final LongSupplier nanoTime;
  private final Queue<Held> held = new ArrayDeque<>();
  private long lastPersistSequence;
  private long durableSequence;

  /**
   * @param onLoop runs what an answer leads to on the group's loop, while the member runs
   */
  Messenger(
      int groupId,
      int serverId,
      RaftCore core,
      PeerConnections peers,
      IncomingRequests incoming,
      Consumer<Runnable> onLoop,
      NodeHealth health,
      LongSupplier nanoTime) {
    this.groupId = groupId;
    this.serverId = serverId;
    this.core = core;
    this.peers = peers;
    this.incoming = incoming;
    this.onLoop = onLoop;
    this.health = health;
    this.nanoTime = nanoTime;
  }

  /** A Ready with this sequence waits for the disk. */
  void persisting(long sequence) {
    lastPersistSequence = sequence;
  }

  /** Sends at once. */
  void send(List<Outgoing> messages) {
    for (Outgoing outgoing : messages) {
      if (outgoing.message() instanceof RaftMessage.Response response) {
        incoming.answer(response);
      } else {
        core.config()
            .server(outgoing.toServerId())
            .ifPresent(peer -> send(peer, (RaftMessage.Request) outgoing.message()));
      }
    }
  }

  private void send(ServerConfig peer, RaftMessage.Request message) {
    if (message instanceof RaftMessage.AppendRequest && !health.diskWorks()) {
      return; // what a node with a hung disk leads must be led by others
    }
    if (message instanceof RaftMessage.QuiesceRequest && !health.isWell()) {
      return; // nobody would vouch for this member while it rests
    }
    peers.send(
        peer.endpoint(),
        NodeRef.fromAux(peer.aux()),
        groupId,
        FrameMapper.toFrame(serverId, peer.serverId(), message),
        new Answer(peer.serverId(), message));
  }

  /** Sends once everything that waits for the disk now is durable. */
  void sendWhenDurable(List<Outgoing> messages) {
    if (!messages.isEmpty()) {
      whenDurable(() -> send(messages));
    }
  }

  /** Runs once everything that waits for the disk now is durable. */
  void whenDurable(Runnable action) {
    if (lastPersistSequence <= durableSequence) {
      action.run();
    } else {
      held.add(new Held(lastPersistSequence, action));
    }
  }

  /** Everything up to this Ready is durable. */
  void durable(long sequence) {
    durableSequence = sequence;
    while (!held.isEmpty() && held.peek().afterSequence() <= sequence) {
      held.remove().action().run();
    }
  }

  /** A leader ends although its node lives: nobody may go on resting under it. */
  void farewell() {
    for (ServerConfig peer : core.config().servers()) {
      if (peer.serverId() != serverId) {
        send(peer, new RaftMessage.WakeRequest(0, core.term()));
      }
    }
  }

  /** Nothing that is held leaves any more. */
  void stop() {
    held.clear();
  }

  /** Takes a peer's answer to one of the core's requests. */
  private final class Answer implements PeerResponse {
    private final int fromServerId;
    private final RaftMessage.Request request;

    Answer(int fromServerId, RaftMessage.Request request) {
      this.fromServerId = fromServerId;
      this.request = request;
    }

    @Override
    public void onResponse(ResponseFrame frame) {
      if (frame.isRefusal()) {
        return; // no answer of a member: neither a rejection nor a sign of life
      }
      Optional<RaftMessage.Response> message = FrameMapper.toMessage(request, frame);
      message.ifPresent(
          response -> onLoop.accept(() -> core.step(fromServerId, response, nanoTime.getAsLong())));
    }

    @Override
    public void onFailure(boolean surelyNotSent) {
      if (surelyNotSent) {
        return; // the core's own clock sends again; told at once it would spin while the peer is
        // down
      }
      onLoop.accept(() -> core.connectionLost(fromServerId, nanoTime.getAsLong()));
    }
  }
}
