package io.multiraft.operator.it;

import static io.multiraft.operator.it.World.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.crds.Member;
import io.multiraft.crds.RaftGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Members are replaced, added and removed step by step, by a real API server. */
class MembershipIT {
  private static final int AT_ONCE = 6;

  @Test
  void aLostDiskIsReplacedOnItsOwnNode() throws Exception {
    run(Faults.none(), "no fault");
  }

  @Test
  void goesOnAfterTheOperatorWasKilledAtAnyCall() throws Exception {
    List<String> calls = run(Faults.none(), "no fault");
    List<Integer> steps = new ArrayList<>();
    for (int at = 0; at < calls.size(); at++) {
      if (calls.get(at).startsWith("node ")) {
        steps.add(at + 1);
      }
    }
    assertThat(steps).as("join, add, promote, remove").hasSizeGreaterThanOrEqualTo(4);
    ExecutorService runs = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Callable<List<String>>> tasks = new ArrayList<>();
      for (int call : steps) {
        for (boolean after : new boolean[] {false, true}) {
          Faults faults = new Faults(call, after);
          String what = (after ? "killed after call " : "killed before call ") + call;
          tasks.add(() -> run(faults, what));
        }
      }
      for (Future<List<String>> outcome : runs.invokeAll(tasks)) {
        outcome.get();
      }
    } finally {
      runs.shutdownNow();
    }
  }

  /** A node loses its disk; returns what a second operator, which meets the faults, called. */
  private static List<String> run(Faults faults, String what) throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(3);
      world.createGroup("team-a");
      soon().until(() -> world.isReady("team-a"));
      world.stopOperator();
      world.fleet().node(2).loseDisk();
      world.runPod(2);
      world.startOperator(faults);
      soon()
          .alias(what)
          .until(
              () ->
                  world.reviveWhenDead(faults)
                      && isSettled(world.group("team-a"))
                      && serverIds(world).contains(4));
      assertThat(serverIds(world)).as(what).hasSize(3);
      assertThat(world.fleet().changes().stream().distinct())
          .as("%s: added, promoted, and then the old one removed", what)
          .hasSize(3);
      return faults.calls();
    }
  }

  @Test
  void aGroupGrowsAndShrinksWithItsSpec() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(5);
      world.createGroup("team-a");
      soon().until(() -> world.isReady("team-a"));
      world.patchSpec(RaftGroup.class, "team-a", "{\"voters\":5}");
      soon().until(() -> isSettled(world.group("team-a")) && nodes(world).size() == 5);
      assertThat(world.group("team-a").getStatus().ready()).isEqualTo("5/5");
      world.patchSpec(RaftGroup.class, "team-a", "{\"voters\":3}");
      soon().until(() -> isSettled(world.group("team-a")) && nodes(world).size() == 3);
      assertThat(world.group("team-a").getStatus().ready()).isEqualTo("3/3");
      int id = world.group("team-a").getStatus().groupId();
      soon()
          .until(
              () ->
                  java.util.stream.IntStream.range(0, 5)
                          .filter(one -> world.fleet().node(one).groupIds().contains(id))
                          .count()
                      == 3);
    }
  }

  @Test
  void aFailedMemberIsReplacedAndOneMoreNodeIsAskedForWhenNoneIsFree() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(3);
      world.createGroup("team-a");
      soon().until(() -> world.isReady("team-a"));
      int id = world.group("team-a").getStatus().groupId();
      String leader = world.group("team-a").getStatus().leader();
      int follower = "demo-2".equals(leader) ? 1 : 2;
      world.fleet().node(follower).fail(id);
      soon().until(() -> isSettled(world.group("team-a")) && serverIds(world).contains(4));
      world.patchSpec(RaftGroup.class, "team-a", "{\"voters\":5}");
      soon()
          .until(
              () ->
                  world
                      .condition("team-a", "UpToDate")
                      .filter(one -> one.reason().equals("InsufficientNodes"))
                      .isPresent());
    }
  }

  private static Set<Integer> serverIds(World world) {
    return world.group("team-a").getStatus().members().stream()
        .map(Member::serverId)
        .collect(Collectors.toSet());
  }

  private static Set<String> nodes(World world) {
    return world.group("team-a").getStatus().members().stream()
        .map(Member::node)
        .collect(Collectors.toSet());
  }

  private static boolean isSettled(RaftGroup group) {
    return group.getStatus().conditions().stream()
            .filter(one -> Set.of("Ready", "UpToDate", "Healthy").contains(one.type()))
            .filter(one -> one.observedGeneration() == group.getMetadata().getGeneration())
            .filter(one -> one.status() == io.multiraft.crds.Condition.Status.True)
            .count()
        == 3;
  }
}
