package io.multiraft.node.simulation;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/** One connection: two streams of bytes, each in order. */
final class SimulatedConnection {
  private static final int FIRST_PORT = 10_000;
  private static final byte[] END = {};

  private final SimulatedNetwork network;
  private final World world;
  private final long number;
  private final Stream toServer;
  private final Stream toClient;

  SimulatedConnection(
      SimulatedNetwork network,
      long number,
      int client,
      SimulatedLoop clientLoop,
      int server,
      SimulatedLoop serverLoop) {
    this.network = network;
    this.world = network.world();
    this.number = number;
    SimulatedChannel clientChannel = new SimulatedChannel(2 * number, address(server));
    SimulatedChannel serverChannel = new SimulatedChannel(2 * number + 1, address(client));
    toServer = new Stream(client, server, serverChannel, serverLoop);
    toClient = new Stream(server, client, clientChannel, clientLoop);
    clientChannel.connect(toServer);
    serverChannel.connect(toClient);
  }

  private static InetSocketAddress address(int node) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), FIRST_PORT + node);
  }

  /** The node at the other end of a channel. */
  static int nodeAt(Channel channel) {
    return ((InetSocketAddress) channel.remoteAddress()).getPort() - FIRST_PORT;
  }

  long number() {
    return number;
  }

  int client() {
    return toServer.from;
  }

  int server() {
    return toServer.to;
  }

  SimulatedChannel clientChannel() {
    return toClient.receiver;
  }

  SimulatedChannel serverChannel() {
    return toServer.receiver;
  }

  /** The process at one end is gone. */
  void processGone(int node, boolean powerLost) {
    if (node == client()) {
      ended(toServer, toClient, powerLost);
    } else if (node == server()) {
      ended(toClient, toServer, powerLost);
    }
  }

  private void ended(Stream outgoing, Stream incoming, boolean silently) {
    incoming.receiverGone = true;
    if (silently) {
      outgoing.pending.clear();
      outgoing.broken = true;
    } else {
      outgoing.closed();
    }
  }

  /**
   * Breaks, with what is on its way lost, for one end at once and for the other sooner or later.
   */
  void breakOff() {
    network.counts().add(Rule.CONNECTION_BROKEN);
    world.say(0, () -> "connection " + client() + " -> " + server() + " breaks");
    boolean both = world.random().nextBoolean();
    boolean atServer = world.random().nextBoolean();
    if (both || atServer) {
      toServer.breakOff();
    }
    if (both || !atServer) {
      toClient.breakOff();
    }
  }

  /** The network lets everything pass again. */
  void opened() {
    toServer.opened();
    toClient.opened();
  }

  /** What goes one way. Everything pending is either on its way or held back by a cut. */
  private final class Stream implements SimulatedChannel.Wire {
    private final int from;
    private final int to;
    private final SimulatedChannel receiver;
    private final SimulatedLoop loop;
    private final Deque<byte[]> pending = new ArrayDeque<>();
    private long lastArrivalNanos;
    private boolean broken;
    private boolean receiverGone;
    private boolean senderClosed;

    Stream(int from, int to, SimulatedChannel receiver, SimulatedLoop loop) {
      this.from = from;
      this.to = to;
      this.receiver = receiver;
      this.loop = loop;
    }

    private Stream back() {
      return this == toServer ? toClient : toServer;
    }

    @Override
    public void send(byte[] bytes) {
      if (broken) {
        if (network.hasPower(to)) {
          world.after(network.transitNanos(), () -> back().reset());
        }
        return;
      }
      if (bytes.length > 1 && world.chance(0.05)) {
        int split = 1 + world.random().nextInt(bytes.length - 1);
        put(Arrays.copyOf(bytes, split));
        put(Arrays.copyOfRange(bytes, split, bytes.length));
      } else {
        put(bytes);
      }
    }

    private void put(byte[] bytes) {
      pending.add(bytes);
      scheduleArrival();
    }

    private void scheduleArrival() {
      lastArrivalNanos = Math.max(lastArrivalNanos + 1, world.nowNanos() + network.transitNanos());
      world.after(lastArrivalNanos - world.nowNanos(), this::arrive);
    }

    private void arrive() {
      if (network.isCut(from, to) || pending.isEmpty()) {
        return; // it stays pending until the way is open
      }
      byte[] bytes = pending.remove();
      if (receiverGone) {
        broken = true;
        if (network.hasPower(to)) {
          world.after(network.transitNanos(), () -> back().reset());
        }
      } else if (bytes == END) {
        reset();
      } else {
        if (this == toServer && senderClosed && !network.isNewest(SimulatedConnection.this)) {
          network.counts().add(Rule.LATE_BEHIND_NEWER_CONNECTION);
        }
        loop.execute(() -> receiver.arrived(bytes));
      }
    }

    void opened() {
      for (int i = pending.size(); i > 0; i--) {
        scheduleArrival();
      }
    }

    @Override
    public void closed() {
      if (!senderClosed) {
        senderClosed = true;
        back().receiverGone = true;
        if (!broken) {
          put(END);
        }
        forgetIfOver();
      }
    }

    private void forgetIfOver() {
      if (senderClosed && back().senderClosed) {
        network.forget(SimulatedConnection.this);
      }
    }

    void breakOff() {
      while (!pending.isEmpty() && world.random().nextBoolean()) {
        pending.removeLast();
      }
      broken = true;
      world.after(world.skewed(200 * World.MILLI), this::reset);
    }

    /** The receiver learns that the connection is gone. */
    private void reset() {
      loop.execute(receiver::reset);
    }
  }
}
