package io.multiraft.node.simulation;

import io.multiraft.node.RaftException;
import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.RaftServer;
import io.multiraft.node.raft.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Write and read registers, one thing after the other each, and note what they saw. */
final class Clients {
  private static final long THINK_NANOS = 60 * World.MILLI;
  private static final double READS = 0.35;

  private final World world;
  private final Counts counts;
  private final Map<Integer, SimulatedNode> nodes;
  private final Invariants invariants;
  private long lastValue;
  private boolean over;

  Clients(World world, Counts counts, Map<Integer, SimulatedNode> nodes, Invariants invariants) {
    this.world = world;
    this.counts = counts;
    this.nodes = nodes;
    this.invariants = invariants;
  }

  /** A client begins to use a group, until that is removed. */
  void start(SimulatedGroup group) {
    world.after(world.random().nextLong(THINK_NANOS), () -> next(group));
  }

  /** Nothing more is asked for. */
  void stop() {
    over = true;
  }

  private void next(SimulatedGroup group) {
    if (over || group.isRemoving()) {
      return;
    }
    Optional<SimulatedNode> node = choose(group);
    if (node.isEmpty()) {
      start(group);
    } else if (world.chance(READS)) {
      new Read(group, node.get(), () -> start(group)).begin();
    } else {
      new Write(group, node.get(), () -> start(group)).begin();
    }
  }

  /** Mostly where the leader seems to be, else anywhere. */
  private Optional<SimulatedNode> choose(SimulatedGroup group) {
    List<SimulatedNode> up =
        group.nodes().stream()
            .map(nodes::get)
            .filter(node -> node.isUp() && node.groups().byId(group.id()).isPresent())
            .toList();
    if (up.isEmpty()) {
      return Optional.empty();
    }
    if (world.chance(0.5)) {
      for (SimulatedNode node : up) {
        if (member(node, group).status().role() == Role.LEADER) {
          return Optional.of(node);
        }
      }
    }
    return Optional.of(up.get(world.random().nextInt(up.size())));
  }

  private static RaftServer member(SimulatedNode node, SimulatedGroup group) {
    return node.groups().byId(group.id()).orElseThrow();
  }

  /** One thing that a client asks a member for. */
  private abstract class Operation implements SimulatedNode.Waiter {
    final SimulatedGroup group;
    final SimulatedNode node;
    final int key = world.random().nextInt(SimulatedGroup.KEYS);
    private final Runnable then;
    long beginNanos;
    private boolean over;

    Operation(SimulatedGroup group, SimulatedNode node, Runnable then) {
      this.group = group;
      this.node = node;
      this.then = then;
    }

    void begin() {
      beginNanos = world.nowNanos();
      node.await(this);
      ask(member(node, group));
    }

    abstract void ask(RaftServer member);

    /** True once: the outcome is known, or that it never will be. */
    boolean settle() {
      if (over) {
        return false;
      }
      over = true;
      node.noLongerAwait(this);
      world.after(1, then);
      return true;
    }

    long now() {
      return world.nowNanos();
    }
  }

  private final class Write extends Operation {
    private final Command command = new Command(key, ++lastValue);

    Write(SimulatedGroup group, SimulatedNode node, Runnable then) {
      super(group, node, then);
    }

    @Override
    void ask(RaftServer member) {
      world.say(node.id(), () -> "group " + group.id() + " is asked for " + command);
      CompletableFuture<byte[]> result = member.append(command.encode());
      result.whenComplete(
          (index, failure) -> {
            if (settle()) {
              settled(failure);
            }
          });
    }

    private void settled(Throwable failure) {
      world.mix(command.value() * 4 + (failure == null ? 0 : 1));
      world.say(
          node.id(),
          () ->
              "group %d: %s %s"
                  .formatted(group.id(), command, failure == null ? "is done" : failure));
      if (failure == null) {
        counts.add(Rule.WRITE_COMMITTED);
        group.acknowledged().add(command.value());
        group.history(key).wrote(command.value(), beginNanos, now());
        Violation.require(
            invariants.wasApplied(group.id(), command.value()),
            "write %s is acknowledged but not applied",
            command);
      } else if (reason(failure) == Reason.UNKNOWN_OUTCOME) {
        unknown();
      } else {
        counts.add(Rule.WRITE_FAILED_SURELY);
        group.surelyFailed().add(command.value());
      }
    }

    private void unknown() {
      counts.add(Rule.WRITE_UNKNOWN);
      group.history(key).wrote(command.value(), beginNanos, RegisterHistory.OPEN);
    }

    @Override
    public void processGone() {
      if (settle()) {
        unknown();
      }
    }
  }

  private final class Read extends Operation {
    Read(SimulatedGroup group, SimulatedNode node, Runnable then) {
      super(group, node, then);
    }

    @Override
    void ask(RaftServer member) {
      member
          .readBarrier()
          .whenComplete(
              (nothing, failure) -> {
                if (settle() && failure == null) {
                  counts.add(
                      member.status().role() == Role.LEADER
                          ? Rule.READ_DONE
                          : Rule.READ_BY_FOLLOWER);
                  long value = ((Registers) member.stateMachine()).value(key);
                  world.mix(value);
                  world.say(
                      node.id(), () -> "group %d: key %d is %d".formatted(group.id(), key, value));
                  group.history(key).read(value, beginNanos, now());
                }
              });
    }

    @Override
    public void processGone() {
      settle();
    }
  }

  private static Reason reason(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof RaftException raft) {
      return raft.reason();
    }
    throw new Violation("a write fails with what is no answer: " + cause, cause);
  }
}
