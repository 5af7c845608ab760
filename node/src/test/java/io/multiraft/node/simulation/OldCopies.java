package io.multiraft.node.simulation;

import io.multiraft.node.log.SimulatedFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies of disks that are put back when they are too old to be used. Peers refuse such a node if
 * they have seen a higher boot number, so a copy is put back only when all have, durably.
 */
final class OldCopies {
  private record Copy(SimulatedFiles files, long bootNumber, Object incarnation) {}

  private final World world;
  private final Counts counts;
  private final Map<Integer, SimulatedNode> nodes;
  private final Map<Integer, Copy> copies = new HashMap<>();

  OldCopies(World world, Counts counts, Map<Integer, SimulatedNode> nodes) {
    this.world = world;
    this.counts = counts;
    this.nodes = nodes;
  }

  /** Copies the disk of a node. */
  void take(SimulatedNode node) {
    copies.putIfAbsent(
        node.id(), new Copy(node.copyOfDisk(), node.bootNumber(), node.ref().incarnation()));
  }

  /** Puts an old copy back, if one may be; the node does not run afterwards. */
  boolean restore(SimulatedNode node) throws IOException {
    Copy copy = copies.get(node.id());
    if (copy == null
        || copy.bootNumber() + 1 >= node.bootNumber()
        || !copy.incarnation().equals(node.ref().incarnation())) {
      return false;
    }
    List<SimulatedNode> others = new ArrayList<>(nodes.values());
    others.remove(node);
    for (SimulatedNode other : others) {
      if (other.durablySeenBoot(node.ref()) < node.bootNumber()) {
        return false;
      }
    }
    counts.add(Rule.OLD_DISK_COPY_RESTORED);
    world.say(node.id(), () -> "gets back a copy of its disk from boot " + copy.bootNumber());
    node.losePower();
    node.restoreDisk(copy.files());
    node.distrust();
    return true;
  }
}
