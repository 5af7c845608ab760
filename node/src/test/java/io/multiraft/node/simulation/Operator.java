package io.multiraft.node.simulation;

import io.multiraft.node.group.AddResult;
import io.multiraft.node.group.GroupSpec;
import io.multiraft.node.group.Refusal;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.ServerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Makes and removes groups, and asks each node again until it has done what it was asked for. */
final class Operator {
  private static final long RETRY_NANOS = 50 * World.MILLI;
  private static final int MAX_GROUPS = 6;

  private final World world;
  private final Counts counts;
  private final Map<Integer, SimulatedNode> nodes;
  private final Map<Integer, SimulatedGroup> groups;
  private final Consumer<SimulatedGroup> onMade;
  private int lastGroup;
  private boolean over;

  Operator(
      World world,
      Counts counts,
      Map<Integer, SimulatedNode> nodes,
      Map<Integer, SimulatedGroup> groups,
      Consumer<SimulatedGroup> onMade) {
    this.world = world;
    this.counts = counts;
    this.nodes = nodes;
    this.groups = groups;
    this.onMade = onMade;
  }

  /** No more groups come or go. */
  void stop() {
    over = true;
  }

  /** Makes a group of some nodes, mostly three. */
  void makeGroup() {
    List<Integer> ids = new ArrayList<>(nodes.keySet());
    ids.removeIf(id -> !nodes.get(id).isTrusted() || nodes.get(id).life() == 0);
    int size = world.chance(0.7) ? 3 : world.chance(0.6) ? 5 : 1;
    while (ids.size() > size) {
      ids.remove(world.random().nextInt(ids.size()));
    }
    Map<Integer, NodeRef> members = new TreeMap<>();
    ids.forEach(id -> members.put(id, nodes.get(id).ref()));
    SimulatedGroup group = new SimulatedGroup(++lastGroup, members);
    groups.put(group.id(), group);
    counts.add(Rule.GROUP_ADDED);
    world.say(0, () -> "group " + group.id() + " is made of nodes " + members.keySet());
    ids.forEach(id -> add(group, nodes.get(id)));
    onMade.accept(group);
  }

  private void add(SimulatedGroup group, SimulatedNode node) {
    boolean lost = !group.isIntact(group.memberNodes().get(node.id()), nodes);
    if (lost || group.isRemoving()) {
      return;
    }
    if (!node.isUp()) {
      world.after(RETRY_NANOS, () -> add(group, node));
      return;
    }
    int life = node.life();
    node.groups()
        .add(List.of(spec(group)))
        .thenAccept(
            results ->
                Violation.require(
                    !(results.get(0) instanceof AddResult.Refused),
                    "node %s refuses group %s: %s",
                    node.id(),
                    group.id(),
                    results.get(0)));
    onceGone(node, life, () -> node.groups().byId(group.id()).isPresent(), () -> add(group, node));
  }

  /** If a process ends before something was done, it has to be done again. */
  private void onceGone(SimulatedNode node, int life, BooleanSupplier done, Runnable again) {
    world.after(
        RETRY_NANOS,
        () -> {
          if (node.life() != life || !node.isUp()) {
            again.run();
          } else if (!done.getAsBoolean()) {
            onceGone(node, life, done, again);
          }
        });
  }

  private GroupSpec spec(SimulatedGroup group) {
    List<ServerConfig> members =
        group.memberNodes().values().stream()
            .map(
                ref ->
                    ServerConfig.voter(
                        ref.nodeId(), nodes.get(ref.nodeId()).endpoint(), ref.toAux()))
            .toList();
    return new GroupSpec(
        group.id(),
        group.uid(),
        "g" + group.id(),
        "default",
        "Delete",
        GroupSpec.Mode.BOOTSTRAP,
        0,
        members);
  }

  /** A node whose disk was lost must not go on as the member that it was. */
  void tryAsBefore(SimulatedNode node) {
    for (SimulatedGroup group : groups.values()) {
      NodeRef member = group.memberNodes().get(node.id());
      if (member != null && !member.equals(node.ref()) && !group.isRemoving()) {
        node.groups()
            .add(List.of(spec(group)))
            .thenAccept(
                results -> {
                  Violation.require(
                      results.get(0) instanceof AddResult.Refused,
                      "node %s goes on in group %s with an empty disk",
                      node.id(),
                      group.id());
                  counts.add(Rule.ADD_REFUSED_TO_OTHER_INCARNATION);
                });
      }
    }
  }

  /** Some group comes or goes. */
  void change() {
    if (over) {
      return;
    }
    List<SimulatedGroup> live = groups.values().stream().filter(g -> !g.isRemoving()).toList();
    if (live.size() > 1 && (live.size() >= MAX_GROUPS || world.chance(0.4))) {
      remove(live.get(world.random().nextInt(live.size())));
    } else {
      makeGroup();
    }
  }

  private void remove(SimulatedGroup group) {
    group.beginRemoval();
    world.say(0, () -> "group " + group.id() + " is to be removed");
    group.nodes().forEach(id -> remove(group, nodes.get(id)));
  }

  private void remove(SimulatedGroup group, SimulatedNode node) {
    if (!node.isUp()) {
      world.after(RETRY_NANOS, () -> remove(group, node));
      return;
    }
    int life = node.life();
    boolean[] done = new boolean[1];
    node.groups()
        .remove(group.id(), group.uid(), OptionalInt.empty())
        .thenRun(
            () -> {
              if (node.isUp() && node.life() == life) {
                done[0] = true;
                counts.add(Rule.GROUP_REMOVED);
                node.removed(group.id());
                world.after(RETRY_NANOS, () -> tryToMakeAgain(group, node));
              }
            });
    onceGone(node, life, () -> done[0], () -> remove(group, node));
  }

  private void tryToMakeAgain(SimulatedGroup group, SimulatedNode node) {
    if (!node.isUp() || !node.hasRemoved(group.id())) {
      return;
    }
    node.groups()
        .add(List.of(spec(group)))
        .thenAccept(
            results -> {
              Violation.require(
                  results.get(0) instanceof AddResult.Refused refused
                      && refused.why().refusal() == Refusal.TOMBSTONE,
                  "node %s makes group %s again, which was removed: %s",
                  node.id(),
                  group.id(),
                  results.get(0));
              counts.add(Rule.ADD_REFUSED_BY_TOMBSTONE);
            });
  }
}
