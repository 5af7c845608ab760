package io.multiraft.node.simulation;

import io.multiraft.node.log.SimulatedFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** What goes wrong, at random times. */
final class Faults {
  private static final long MEAN_NANOS = 130 * World.MILLI;
  private static final long MEAN_LATER_NANOS = 500 * World.MILLI;
  private static final int SOON_ENOUGH = 25;
  private static final long CUT_NANOS = 2_500 * World.MILLI;
  private static final long ELECTION_NANOS = SimulatedNode.ELECTION_TIMEOUT_MILLIS * World.MILLI;

  /** Puts a node's machine right again, some time later. */
  interface Repair {
    void restartLater(SimulatedNode node);

    /** A node's disk may be lost: every group keeps its quorum. */
    boolean mayLoseDisk(SimulatedNode node);

    void groupsChange();

    /** Copies a disk, or puts an older copy back; whether it did the latter. */
    boolean copiesDisk(SimulatedNode node);
  }

  private final World world;
  private final Counts counts;
  private final SimulatedNetwork network;
  private final Map<Integer, SimulatedNode> nodes;
  private final Map<Integer, SimulatedGroup> groups;
  private final Repair repair;
  private boolean over;
  private int happened;

  Faults(
      World world,
      Counts counts,
      SimulatedNetwork network,
      Map<Integer, SimulatedNode> nodes,
      Map<Integer, SimulatedGroup> groups,
      Repair repair) {
    this.world = world;
    this.counts = counts;
    this.network = network;
    this.nodes = nodes;
    this.groups = groups;
    this.repair = repair;
  }

  void start() {
    network.weather(
        world.chance(0.7) ? world.random().nextDouble() * 0.05 : 0,
        50 * World.MICRO + world.skewed(5 * World.MILLI));
    later();
  }

  int happened() {
    return happened;
  }

  void stop() {
    over = true;
  }

  private void later() {
    world.after(
        world.random().nextLong(2 * (happened < SOON_ENOUGH ? MEAN_NANOS : MEAN_LATER_NANOS)),
        () -> {
          if (!over) {
            one();
            later();
          }
        });
  }

  private SimulatedNode anyNode() {
    return nodes.get(1 + world.random().nextInt(nodes.size()));
  }

  private void one() {
    SimulatedNode node = anyNode();
    if (!node.isUp()) {
      return;
    }
    happened++;
    switch (world.random().nextInt(27)) {
      case 0, 1 -> kill(node);
      case 2, 3 -> losePower(node);
      case 4, 5 -> node.losePowerAfterNextWrite();
      case 6 -> losePowerAtOperation(node);
      case 7, 9 -> cutOneWay(node);
      case 8 -> cutOff(node);
      case 10, 11, 12 -> network.breakOne();
      case 13, 14 -> drift(node);
      case 15 -> jump(node);
      case 16 -> pause(node);
      case 17 -> slow(node);
      case 18 -> badDisk(node);
      case 19, 20 -> transfer(node);
      case 21 -> stopCleanly(node);
      case 22 -> loseDisk(node);
      case 23, 24 -> copyDisks();
      default -> repair.groupsChange();
    }
  }

  private void kill(SimulatedNode node) {
    counts.add(Rule.PROCESS_KILLED);
    node.kill();
    repair.restartLater(node);
  }

  private void losePower(SimulatedNode node) {
    counts.add(Rule.POWER_LOST);
    node.losePower();
    repair.restartLater(node);
  }

  private void losePowerAtOperation(SimulatedNode node) {
    counts.add(Rule.POWER_LOST_AT_OPERATION);
    node.disk().cutAt(1 + world.random().nextInt(20), world.random().nextBoolean());
  }

  private void cutOneWay(SimulatedNode node) {
    network.cutOneWay(node.id(), anyNode().id());
    world.after(world.skewed(CUT_NANOS), network::mendAll);
  }

  private void cutOff(SimulatedNode node) {
    counts.add(Rule.NODE_CUT_OFF);
    world.after(world.skewed(CUT_NANOS), network::mendAll);
    for (int other : nodes.keySet()) {
      network.cutOneWay(node.id(), other);
      network.cutOneWay(other, node.id());
    }
  }

  private void drift(SimulatedNode node) {
    counts.add(Rule.CLOCK_DRIFT);
    double rate = 0.8 + world.random().nextDouble() * 0.45;
    world.say(node.id(), () -> "its clock runs at a rate of " + rate);
    node.clock().drift(rate);
    node.clockChanged();
  }

  private void jump(SimulatedNode node) {
    counts.add(Rule.CLOCK_JUMP);
    long nanos = world.skewed(20 * ELECTION_NANOS);
    world.say(node.id(), () -> "its clock jumps ahead by " + nanos / World.MILLI + " ms");
    node.clock().jumpAhead(nanos);
    node.clockChanged();
  }

  private void pause(SimulatedNode node) {
    counts.add(Rule.PROCESS_PAUSED);
    long nanos = world.skewed(6 * ELECTION_NANOS);
    world.say(node.id(), () -> "stands still for " + nanos / World.MILLI + " ms");
    node.pause(nanos);
  }

  private void slow(SimulatedNode node) {
    if (world.random().nextBoolean()) {
      counts.add(Rule.DISK_SLOW);
      node.slowDisk(1 + world.random().nextInt(200));
      world.after(2 * ELECTION_NANOS, () -> node.slowDisk(1));
    } else {
      counts.add(Rule.SYNC_HUNG);
      long nanos = world.skewed(5 * ELECTION_NANOS);
      world.say(node.id(), () -> "its syncs hang for " + nanos / World.MILLI + " ms");
      node.hangSyncs(nanos);
    }
  }

  private void badDisk(SimulatedNode node) {
    if (world.random().nextBoolean()) {
      counts.add(Rule.SYNC_FAILED);
      node.disk().failSyncs("Input/output error");
    } else {
      counts.add(Rule.DISK_FULL);
      node.disk().fill();
    }
  }

  private void transfer(SimulatedNode node) {
    for (SimulatedGroup group : groups.values()) {
      if (node.groups().byId(group.id()).isPresent() && world.random().nextBoolean()) {
        counts.add(Rule.TRANSFER_ASKED);
        List<Integer> members = group.nodes();
        OptionalInt target =
            world.random().nextBoolean()
                ? OptionalInt.empty()
                : OptionalInt.of(members.get(world.random().nextInt(members.size())));
        world.say(node.id(), () -> "group " + group.id() + " is to be led by " + target);
        node.groups()
            .byId(group.id())
            .orElseThrow()
            .transferLeadership(target)
            .thenAccept(leader -> counts.add(Rule.TRANSFER_DONE));
      }
    }
  }

  private void stopCleanly(SimulatedNode node) {
    counts.add(Rule.CLEAN_STOP);
    world.say(node.id(), () -> "is asked to stop");
    node.stopCleanly();
  }

  private void copyDisks() {
    for (SimulatedNode node : nodes.values()) {
      if (node.isUp() && repair.copiesDisk(node)) {
        repair.restartLater(node);
        return;
      }
    }
  }

  private void loseDisk(SimulatedNode node) {
    if (!repair.mayLoseDisk(node)) {
      return;
    }
    node.losePower();
    if (world.random().nextBoolean()) {
      counts.add(Rule.DISK_LOST);
      world.say(node.id(), () -> "its disk is replaced by an empty one");
      node.replaceDisk();
    } else {
      corrupt(node);
    }
    repair.restartLater(node);
  }

  /**
   * Bits change in what was durable long ago. Not in the newest segment: damage to what the very
   * last sync wrote cannot be told from a torn write (docs/storage.md).
   */
  private void corrupt(SimulatedNode node) {
    counts.add(Rule.DISK_CORRUPTED);
    SimulatedFiles disk = node.disk();
    List<Path> segments = new ArrayList<>(disk.filesIn(node.logDirectory()));
    segments.removeIf(file -> !file.toString().endsWith(".seg"));
    if (segments.size() < 2) {
      return;
    }
    Path segment = segments.get(world.random().nextInt(segments.size() - 1));
    byte[] bytes = disk.bytes(segment);
    int at = world.random().nextInt(bytes.length);
    bytes[at] ^= (byte) (1 << world.random().nextInt(8));
    disk.setBytes(segment, bytes);
    node.damage();
    world.say(node.id(), () -> "a bit of " + segment + " changes at " + at);
  }
}
