package io.multiraft.operator.it;

import static io.multiraft.operator.it.World.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.crds.Condition;
import io.multiraft.crds.Disruption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A changed template reaches every pod, one at a time, by a real API server. */
class RolloutIT {
  private static final int AT_ONCE = 6;

  @Test
  void replacesPodsOneAtATimeFollowersFirst() throws Exception {
    try (World world = new World()) {
      start(world);
      String leader = world.group("team-a").getStatus().leader();
      Map<Integer, String> uids = uids(world);
      world.changeImage("example.org/multiraft-node:2");
      Set<String> order = new LinkedHashSet<>();
      soon()
          .until(
              () -> {
                Disruption now = world.cluster().getStatus().disruption();
                if (now != null) {
                  order.add(now.pod());
                }
                assertThat(missingPods(world)).as("pods away at once").isLessThanOrEqualTo(1);
                return world.playPods() && isRolledOut(world, uids);
              });
      assertThat(order).hasSize(3).last().as("the leader's pod goes last").isEqualTo(leader);
      assertThat(world.fleet().requests("DRAIN")).isGreaterThanOrEqualTo(3);
      assertThat(world.isReady("team-a")).isTrue();
      assertThat(world.eventsAbout("demo").stream().map(event -> event.getReason()))
          .contains("ReplacingPod", "ReplacedPod");
    }
  }

  @Test
  void noPodMayBeEvictedWhileAGroupCouldNotSpareIt() throws Exception {
    try (World world = new World()) {
      start(world);
      soon().until(() -> world.maxUnavailable() == 1);
      int id = world.group("team-a").getStatus().groupId();
      world.fleet().node(2).lag(id, true);
      soon().until(() -> world.maxUnavailable() == 0);
      world.fleet().node(2).lag(id, false);
      soon().until(() -> world.maxUnavailable() == 1);
    }
  }

  @Test
  void stopsAtANodeThatDoesNotComeBackAndGoesOnWhenItDoes() throws Exception {
    try (World world = new World()) {
      start(world);
      Map<Integer, String> uids = uids(world);
      for (int ordinal = 0; ordinal < 3; ordinal++) {
        world.breakPods(ordinal, true);
      }
      world.changeImage("example.org/multiraft-node:2");
      soon().until(() -> world.playPods() && missingPods(world) == 1);
      soon()
          .until(
              () ->
                  world
                      .clusterCondition("UpToDate")
                      .filter(one -> one.reason().equals("RollingOut"))
                      .filter(one -> one.message().contains("is being replaced"))
                      .isPresent());
      for (int round = 0; round < 3; round++) {
        world.nudgeCluster();
        world.playPods();
        assertThat(missingPods(world)).isEqualTo(1);
      }
      for (int ordinal = 0; ordinal < 3; ordinal++) {
        world.breakPods(ordinal, false);
      }
      soon().until(() -> world.playPods() && isRolledOut(world, uids));
    }
  }

  @Test
  void aTemplateThatGoesBackBeforeThePodIsGoneChangesNothing() throws Exception {
    try (World world = new World()) {
      start(world);
      Map<Integer, String> uids = uids(world);
      world.fleet().refuseToMoveLeaders(true);
      world.changeImage("example.org/multiraft-node:2");
      // The followers' pods are replaced; the leader's stays while its leaders do not move.
      soon()
          .until(
              () -> {
                Disruption now = world.cluster().getStatus().disruption();
                String leader = world.group("team-a").getStatus().leader();
                return world.playPods()
                    && now != null
                    && now.pod().equals(leader)
                    && changed(world, uids) == 2;
              });
      world.changeImage(World.IMAGE);
      soon().until(() -> world.playPods() && world.fleet().requests("UNDRAIN") > 0);
      world.fleet().refuseToMoveLeaders(false);
      soon().until(() -> world.playPods() && isSettled(world));
      assertThat(changed(world, uids)).isEqualTo(2);
    }
  }

  @Test
  void goesOnAfterTheOperatorWasKilledAtAnyCall() throws Exception {
    List<String> calls = run(Faults.none(), "no fault");
    int first = indexOf(calls, "PATCH .*/raftclusters/demo/status") + 1;
    int last = lastCallOfFirstPod(calls) + 1;
    boolean both = Boolean.getBoolean("multiraft.kill.all");
    ExecutorService runs = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Callable<List<String>>> tasks = new ArrayList<>();
      for (int call = first; call <= last; call++) {
        for (boolean after : both ? new boolean[] {false, true} : new boolean[] {call % 2 == 0}) {
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

  /** Every kind of call is among those from the first status to the second event: it is done. */
  private static int lastCallOfFirstPod(List<String> calls) {
    int begun = indexOf(calls, "POST .*/events");
    return begun + 1 + indexOf(calls.subList(begun + 1, calls.size()), "POST .*/events");
  }

  private static int indexOf(List<String> calls, String pattern) {
    for (int at = 0; at < calls.size(); at++) {
      if (calls.get(at).matches(pattern)) {
        return at;
      }
    }
    throw new AssertionError("no call like " + pattern + " in " + calls);
  }

  /** Rolls a new image out; returns what a second operator, which meets the faults, called. */
  private static List<String> run(Faults faults, String what) throws Exception {
    try (World world = new World()) {
      start(world);
      Map<Integer, String> uids = uids(world);
      world.stopOperator();
      world.changeImage("example.org/multiraft-node:2");
      world.startOperator(faults);
      soon()
          .alias(what)
          .until(
              () -> {
                world.reviveWhenDead(faults);
                assertThat(missingPods(world)).as(what).isLessThanOrEqualTo(1);
                return world.playPods() && isRolledOut(world, uids);
              });
      return faults.calls();
    }
  }

  private static void start(World world) throws Exception {
    world.startOperator();
    world.startCluster(3);
    world.playPods();
    world.createGroup("team-a");
    soon().until(() -> world.playPods() && world.isReady("team-a"));
    soon().until(() -> world.playPods() && isSettled(world));
  }

  private static Map<Integer, String> uids(World world) {
    Map<Integer, String> uids = new HashMap<>();
    for (int ordinal = 0; ordinal < 3; ordinal++) {
      uids.put(ordinal, world.pod(ordinal).getMetadata().getUid());
    }
    return uids;
  }

  private static long missingPods(World world) {
    return java.util.stream.IntStream.range(0, 3).filter(one -> world.pod(one) == null).count();
  }

  private static long changed(World world, Map<Integer, String> before) {
    return before.entrySet().stream()
        .filter(
            entry -> {
              var pod = world.pod(entry.getKey());
              return pod != null && !pod.getMetadata().getUid().equals(entry.getValue());
            })
        .count();
  }

  private static boolean isRolledOut(World world, Map<Integer, String> before) {
    return changed(world, before) == 3 && isSettled(world);
  }

  private static boolean isSettled(World world) {
    return world.cluster().getStatus().disruption() == null
        && world
            .clusterCondition("UpToDate")
            .filter(one -> one.status() == Condition.Status.True)
            .filter(
                one -> one.observedGeneration() == world.cluster().getMetadata().getGeneration())
            .isPresent();
  }
}
