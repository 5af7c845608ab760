package io.multiraft.node.simulation;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Promise;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Connections between nodes. As with TCP, one connection keeps the order of its bytes; what is lost
 * is sent again later; a connection can break, with what was on its way lost for one end or both;
 * and bytes of an old connection may arrive after those of a new one.
 */
final class SimulatedNetwork {
  private static final long CONNECT_TIMEOUT_NANOS = 2_000 * World.MILLI;

  /** A process that can be reached. */
  interface Listener {
    /** A loop for a new connection. */
    SimulatedLoop loopForConnection();

    /** Builds the pipeline of an incoming connection. */
    ChannelHandler initializer();

    /** Sees both kinds of channels once their pipeline stands. */
    void made(Channel channel);
  }

  private record Way(int from, int to) {}

  private final World world;
  private final Counts counts;
  private final Map<Integer, Listener> listeners = new HashMap<>();
  private final Set<Integer> withoutPower = new HashSet<>();
  private final Set<Way> cut = new HashSet<>();
  private final List<SimulatedConnection> connections = new ArrayList<>();
  private final Map<Way, Long> newest = new HashMap<>();
  private double lossChance;
  private long latencyNanos = 200 * World.MICRO;
  private long lastConnection;

  SimulatedNetwork(World world, Counts counts) {
    this.world = world;
    this.counts = counts;
  }

  World world() {
    return world;
  }

  Counts counts() {
    return counts;
  }

  /** How bad it is from now on. */
  void weather(double chanceOfLoss, long meanLatencyNanos) {
    lossChance = chanceOfLoss;
    latencyNanos = meanLatencyNanos;
  }

  void listen(int node, Listener listener) {
    listeners.put(node, listener);
    withoutPower.remove(node);
  }

  /** The process of a node is gone. Its system tells the others, unless its power went. */
  void gone(int node, boolean powerLost) {
    listeners.remove(node);
    if (powerLost) {
      withoutPower.add(node);
    }
    for (SimulatedConnection connection : List.copyOf(connections)) {
      connection.processGone(node, powerLost);
    }
  }

  boolean hasPower(int node) {
    return !withoutPower.contains(node);
  }

  void cutOneWay(int from, int to) {
    if (from != to && cut.add(new Way(from, to))) {
      counts.add(Rule.ONE_WAY_CUT);
      world.say(0, () -> "nothing gets from " + from + " to " + to);
    }
  }

  /** Everything passes again; what was held back arrives late. */
  void mendAll() {
    if (!cut.isEmpty()) {
      counts.add(Rule.MENDED);
      world.say(0, () -> "all ways are open");
      cut.clear();
      List.copyOf(connections).forEach(SimulatedConnection::opened);
    }
  }

  boolean isCut(int from, int to) {
    return cut.contains(new Way(from, to));
  }

  /** Some connection breaks. */
  void breakOne() {
    if (!connections.isEmpty()) {
      connections.get(world.random().nextInt(connections.size())).breakOff();
    }
  }

  void forget(SimulatedConnection connection) {
    connections.remove(connection);
  }

  boolean isNewest(SimulatedConnection connection) {
    return newest.get(new Way(connection.client(), connection.server())) == connection.number();
  }

  long transitNanos() {
    long nanos = latencyNanos / 2 + world.skewed(2 * latencyNanos);
    if (lossChance > 0 && world.chance(lossChance)) {
      counts.add(Rule.MESSAGE_LOST);
      nanos += 5 * World.MILLI + world.skewed(400 * World.MILLI);
    }
    if (nanos > 20 * World.MILLI) {
      counts.add(Rule.MESSAGE_DELAYED);
    }
    return nanos;
  }

  /** Connects {@code from} to {@code to}, and tells {@code connected} on the loop. */
  void connect(
      int from,
      SimulatedLoop loop,
      int to,
      ChannelHandler initializer,
      Promise<Channel> connected) {
    Listener caller = listeners.get(from);
    long roundTripNanos = transitNanos() + transitNanos();
    if (isCut(from, to) || isCut(to, from) || !hasPower(to)) {
      world.after(CONNECT_TIMEOUT_NANOS, () -> fail(loop, connected, "timed out"));
      return;
    }
    world.after(
        roundTripNanos,
        () -> {
          Listener server = listeners.get(to);
          if (listeners.get(from) != caller) {
            return;
          }
          if (server == null) {
            fail(loop, connected, "connection refused");
          } else {
            establish(from, loop, initializer, to, server, connected);
          }
        });
  }

  private static void fail(SimulatedLoop loop, Promise<Channel> connected, String why) {
    loop.execute(() -> connected.tryFailure(new ConnectException(why)));
  }

  private void establish(
      int from,
      SimulatedLoop loop,
      ChannelHandler initializer,
      int to,
      Listener server,
      Promise<Channel> connected) {
    SimulatedLoop serverLoop = server.loopForConnection();
    SimulatedConnection connection =
        new SimulatedConnection(this, ++lastConnection, from, loop, to, serverLoop);
    connections.add(connection);
    newest.put(new Way(from, to), connection.number());
    Listener client = listeners.get(from);
    SimulatedChannel accepted = connection.serverChannel();
    accepted.pipeline().addLast(server.initializer());
    serverLoop.register(accepted).addListener(done -> server.made(accepted));
    SimulatedChannel made = connection.clientChannel();
    made.pipeline().addLast(initializer);
    loop.register(made)
        .addListener(
            done -> {
              client.made(made);
              connected.trySuccess(made);
            });
  }
}
