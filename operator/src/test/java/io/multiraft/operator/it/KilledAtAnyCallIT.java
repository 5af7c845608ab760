package io.multiraft.operator.it;

import static io.multiraft.operator.it.World.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.crds.RaftGroupSpec.DeletionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * The operator is killed at its n-th changing call, before the call leaves or after it took effect,
 * for every n. Each time a fresh operator takes over, and the world comes to the same end.
 */
class KilledAtAnyCallIT {
  private static final int AT_ONCE = 6;

  @Test
  void convergesAndNeverBootstrapsTwice() throws Exception {
    int calls = run(Faults.none(), "no fault").size();
    assertThat(calls).isGreaterThan(20);
    ExecutorService runs = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Faults> all = new ArrayList<>();
      List<Callable<List<String>>> tasks = new ArrayList<>();
      for (int call = 1; call <= calls; call++) {
        for (boolean after : new boolean[] {false, true}) {
          int killAt = call;
          String what = (after ? "killed after call " : "killed before call ") + killAt;
          Faults faults = new Faults(killAt, after);
          all.add(faults);
          tasks.add(() -> run(faults, what));
        }
      }
      List<Future<List<String>>> outcomes = runs.invokeAll(tasks);
      for (Future<List<String>> outcome : outcomes) {
        outcome.get();
      }
      long died = all.stream().filter(Faults::isDead).count();
      // The number of calls differs a little from run to run: the last numbers may not be reached.
      assertThat(died)
          .as("runs in which the operator was killed")
          .isGreaterThan(all.size() * 4 / 5);
      System.out.printf("%d runs, %d kills, %d calls each%n", all.size(), died, calls);
    } finally {
      runs.shutdownNow();
    }
  }

  /** From nothing to two groups, then one of them deleted; returns the first operator's calls. */
  private static List<String> run(Faults faults, String what) throws Exception {
    try (World world = new World()) {
      world.startOperator(faults);
      world.createCluster(3);
      world.createGroup("team-a");
      world.createGroup("team-b", 3, true, DeletionPolicy.Delete);
      world.reviveWhenDead(faults);
      soon().until(() -> world.reviveWhenDead(faults) && world.tokenSecret() != null);
      soon().until(() -> world.reviveWhenDead(faults) && world.statefulSet() != null);
      world.runPods();
      soon()
          .alias(what)
          .until(
              () ->
                  world.reviveWhenDead(faults)
                      && world.isReady("team-a")
                      && world.isReady("team-b"));
      world.deleteGroup("team-a");
      soon().alias(what).until(() -> world.reviveWhenDead(faults) && world.group("team-a") == null);

      int kept = world.group("team-b").getStatus().groupId();
      for (int ordinal = 0; ordinal < 3; ordinal++) {
        assertThat(world.fleet().node(ordinal).groupIds()).as(what).containsExactly(kept);
      }
      List<String> bootstraps = world.fleet().distinctBootstraps();
      assertThat(bootstraps).as("%s: each group has one id and one member list", what).hasSize(2);
      assertThat(bootstraps.stream().map(one -> one.split(" ")[0]).distinct())
          .as("%s: no id is given twice", what)
          .hasSize(2);
      return faults.calls();
    }
  }
}
