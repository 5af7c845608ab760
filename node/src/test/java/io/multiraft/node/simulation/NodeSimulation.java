package io.multiraft.node.simulation;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.multiraft.node.RaftServer;
import io.multiraft.node.log.LogDamagedException;
import io.multiraft.node.port.PortMetrics;
import io.multiraft.node.wire.Frame;
import io.multiraft.node.wire.MessageType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Whole nodes in a world where everything fails, determined by a seed: first chaos, until enough
 * has been written and enough has gone wrong, then peace, in which every group that has a quorum
 * must work again. The nodes are the real ones from their log to their frames; disk, network, clock
 * and threads are simulated.
 */
final class NodeSimulation implements SimulatedNode.Surroundings, Faults.Repair {
  private static final long MIN_CHAOS_NANOS = 3_000 * World.MILLI;
  private static final long MAX_CHAOS_NANOS = 40_000 * World.MILLI;
  private static final long PEACE_NANOS = 30_000 * World.MILLI;
  private static final long CALM_NANOS = 30_000 * World.MILLI;
  private static final long CHECK_NANOS = 100 * World.MILLI;
  private static final int MIN_WRITES = 200;
  private static final int MIN_FAULTS = 20;
  private static final int MIN_LEADER_CHANGES = 2;
  private static final int WRITES_IN_PEACE = 3;

  /** What a run came to. */
  record Result(Counts counts, long hash, long simulatedNanos, int faults) {}

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final PortMetrics metrics = new PortMetrics(meters);
  private final World world;
  private final Counts counts = new Counts();
  private final Invariants invariants;
  private final Promises promises = new Promises();
  private final SimulatedNetwork network;
  private final Map<Integer, SimulatedNode> nodes = new TreeMap<>();
  private final Map<Integer, SimulatedGroup> groups = new TreeMap<>();
  private final Clients clients;
  private final Operator operator;
  private final OldCopies oldCopies;
  private final Faults faults;
  private boolean peace;

  private NodeSimulation(long seed, Consumer<String> trace) {
    world = new World(seed, trace);
    invariants = new Invariants(world, counts);
    network = new SimulatedNetwork(world, counts);
    clients = new Clients(world, counts, nodes, invariants);
    operator = new Operator(world, counts, nodes, groups, this::made);
    oldCopies = new OldCopies(world, counts, nodes);
    faults = new Faults(world, counts, network, nodes, groups, this);
  }

  /**
   * Runs a seed.
   *
   * @param trace takes a line for each thing that happens, null for none
   * @throws Violation if something happened that must not
   */
  static Result run(long seed, Consumer<String> trace) {
    NodeSimulation simulation = new NodeSimulation(seed, trace);
    try {
      simulation.run();
    } catch (Violation e) {
      simulation.world.say(0, () -> "VIOLATION: " + e.getMessage());
      throw e;
    } catch (RuntimeException | Error e) {
      simulation.world.say(0, () -> "THROWN: " + e);
      throw new Violation("thrown: " + e, e);
    }
    return new Result(
        simulation.counts,
        simulation.world.hash(),
        simulation.world.nowNanos(),
        simulation.faults.happened());
  }

  private void run() {
    int size = 3 + 2 * world.random().nextInt(2);
    for (int id = 1; id <= size; id++) {
      nodes.put(id, new SimulatedNode(id, this));
      start(nodes.get(id));
    }
    for (int left = 1 + world.random().nextInt(3); left > 0; left--) {
      operator.makeGroup();
    }
    nodes.values().forEach(oldCopies::take);
    faults.start();
    runUntil("chaos", MAX_CHAOS_NANOS, this::enoughHappened);
    makePeace();
    Map<Integer, Integer> before = new TreeMap<>();
    groups.forEach((id, group) -> before.put(id, group.acknowledged().size()));
    runUntil(
        "peace",
        PEACE_NANOS,
        () ->
            groups.values().stream()
                .filter(this::mustWork)
                .allMatch(g -> g.acknowledged().size() >= before.get(g.id()) + WRITES_IN_PEACE));
    clients.stop();
    runUntil(
        "calm",
        CALM_NANOS,
        () -> groups.values().stream().filter(this::mustWork).allMatch(this::agrees));
    groups.values().forEach(this::checkHistories);
    countRefusals();
  }

  private void countRefusals() {
    var refused = meters.find("multiraft.port.refused").tag("reason", "peer-refused").counter();
    if (refused != null && counts.get(Rule.OLD_DISK_COPY_RESTORED) > 0) {
      counts.add(Rule.OLD_DISK_COPY_REFUSED);
    }
  }

  private interface Condition {
    boolean holds();
  }

  private void runUntil(String what, long atMostNanos, Condition condition) {
    long endNanos = world.nowNanos() + atMostNanos;
    long checkNanos = world.nowNanos() + CHECK_NANOS;
    while (true) {
      while (world.step(checkNanos)) {
        // one event after the other
      }
      if (condition.holds()) {
        return;
      }
      checkNanos += CHECK_NANOS;
      if (checkNanos > endNanos) {
        throw new Violation(what + " does not come to its end: " + state());
      }
    }
  }

  private String state() {
    StringBuilder text = new StringBuilder();
    text.append(counts).append(", faults ").append(faults.happened());
    for (SimulatedGroup group : groups.values()) {
      text.append("; group ").append(group.id()).append(mustWork(group) ? " must work" : "");
      text.append(", ").append(group.acknowledged().size()).append(" writes");
      for (int id : group.nodes()) {
        text.append(", node ").append(id).append(" ");
        text.append(nodes.get(id).isUp() ? member(nodes.get(id), group) : "down");
      }
    }
    return text.toString();
  }

  private static String member(SimulatedNode node, SimulatedGroup group) {
    return node.groups()
        .byId(group.id())
        .map(RaftServer::status)
        .map(
            status ->
                "%s of term %d, leader %s, last %d, committed %d, applied %d"
                    .formatted(
                        status.role(),
                        status.term(),
                        status.leaderServerId(),
                        status.lastIndex(),
                        status.commitIndex(),
                        status.appliedIndex()))
        .orElse("without it");
  }

  private boolean enoughHappened() {
    return world.nowNanos() >= MIN_CHAOS_NANOS
        && counts.get(Rule.WRITE_COMMITTED) >= MIN_WRITES
        && faults.happened() >= MIN_FAULTS
        && counts.get(Rule.LEADER_CHANGED) >= MIN_LEADER_CHANGES;
  }

  private void makePeace() {
    world.say(0, () -> "peace");
    peace = true;
    faults.stop();
    operator.stop();
    network.mendAll();
    network.weather(0, 200 * World.MICRO);
    for (SimulatedNode node : nodes.values()) {
      node.heal();
      if (node.isUp() && node.disk().isBroken()) {
        node.kill();
      }
      if (!node.isUp()) {
        start(node);
      }
    }
  }

  private boolean mustWork(SimulatedGroup group) {
    return !group.isRemoving() && group.hasQuorum(nodes);
  }

  /**
   * All members whose disk was never lost have applied the same, and with it all that was promised.
   */
  private boolean agrees(SimulatedGroup group) {
    Registers first = null;
    for (var member : group.memberNodes().values()) {
      SimulatedNode node = nodes.get(member.nodeId());
      if (!group.isIntact(member, nodes)) {
        continue;
      }
      if (!node.isUp() || node.groups().byId(group.id()).isEmpty()) {
        return false;
      }
      Registers machine = (Registers) node.groups().byId(group.id()).orElseThrow().stateMachine();
      first = first == null ? machine : first;
      if (!machine.applied().equals(first.applied())
          || !machine.applied().containsAll(group.acknowledged())) {
        return false;
      }
    }
    return true;
  }

  private void checkHistories(SimulatedGroup group) {
    for (int key = 0; key < SimulatedGroup.KEYS; key++) {
      int of = key;
      group
          .history(key)
          .violation()
          .ifPresent(
              why -> {
                throw new Violation(
                    "not linearizable: key %d of group %d: %s".formatted(of, group.id(), why));
              });
    }
    for (long value : group.surelyFailed()) {
      Violation.require(
          !invariants.wasApplied(group.id(), value),
          "write %s of group %s was refused as surely not written, but was",
          value,
          group.id());
    }
  }

  private void made(SimulatedGroup group) {
    for (int client = 1 + world.random().nextInt(3); client > 0; client--) {
      clients.start(group);
    }
  }

  private void start(SimulatedNode node) {
    try {
      if (node.start()) {
        counts.add(Rule.RESTARTED);
        operator.tryAsBefore(node);
      } else {
        restartLater(node);
      }
    } catch (LogDamagedException e) {
      Violation.require(node.isDamaged(), "node %s finds damage where none is: %s", node.id(), e);
      counts.add(Rule.CORRUPTION_NOTICED);
      world.say(node.id(), () -> "does not start: " + e.getMessage());
      node.replaceDisk();
      start(node);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void restartLater(SimulatedNode node) {
    int life = node.life();
    long delay = world.skewed(1_000 * World.MILLI);
    world.after(
        peace ? 0 : delay,
        () -> {
          if (!node.isUp() && node.life() == life) {
            start(node);
          }
        });
  }

  @Override
  public boolean mayLoseDisk(SimulatedNode node) {
    for (SimulatedGroup group : groups.values()) {
      if (!group.isRemoving() && !group.hasQuorumWithout(node, nodes)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void groupsChange() {
    operator.change();
  }

  @Override
  public boolean copiesDisk(SimulatedNode node) {
    try {
      oldCopies.take(node);
      return mayLoseDisk(node) && oldCopies.restore(node);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public World world() {
    return world;
  }

  @Override
  public Counts counts() {
    return counts;
  }

  @Override
  public SimulatedNetwork network() {
    return network;
  }

  @Override
  public Invariants invariants() {
    return invariants;
  }

  @Override
  public Promises promises() {
    return promises;
  }

  @Override
  public void says(SimulatedNode from, int to, Frame frame) {
    boolean greeting =
        frame.type() == MessageType.PING_REQUEST || frame.type() == MessageType.PING_RESPONSE;
    Violation.require(
        greeting || (from.isTrusted() && nodes.get(to).isTrusted()),
        "nodes %s and %s talk although one has an old disk: %s",
        from.id(),
        to,
        frame);
  }

  @Override
  public Iterable<Integer> groupIds() {
    return groups.keySet();
  }

  @Override
  public PortMetrics metrics() {
    return metrics;
  }

  @Override
  public void died(SimulatedNode node) {
    restartLater(node);
  }
}
