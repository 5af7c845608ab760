package io.multiraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.crds.Disruption;
import io.multiraft.operator.cluster.RolloutPlanner.PodFact;
import io.multiraft.operator.cluster.RolloutPlanner.Situation;
import io.multiraft.operator.cluster.RolloutPlanner.Step;
import io.multiraft.operator.observe.NodeView.Contact;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RolloutPlannerTest {
  private static final Instant START = Instant.parse("2026-11-24T00:00:00Z");

  private final Nodes nodes = Nodes.of(3).group(1, 1, 2, 3).group(2, 1, 2, 3).group(3, 2, 3, 1);
  private Instant now = START;

  private static PodFact current(String name) {
    return new PodFact(name, name + "-new", true, false, false);
  }

  private static PodFact outdated(String name) {
    return new PodFact(name, name + "-old", true, true, false);
  }

  private static PodFact notReady(PodFact pod) {
    return new PodFact(pod.name(), pod.uid(), false, pod.outdated(), pod.terminating());
  }

  private Step plan(Disruption disruption, boolean drained, PodFact... pods) {
    return RolloutPlanner.plan(
        new Situation(
            List.of(pods),
            List.of("demo-0", "demo-1", "demo-2"),
            Optional.ofNullable(disruption),
            drained,
            nodes.quorums(),
            now));
  }

  private static Disruption disruption(String pod) {
    return new Disruption(pod, pod + "-old", "RollingOut", START.toString());
  }

  private static final PodFact[] ALL_OLD = {
    outdated("demo-0"), outdated("demo-1"), outdated("demo-2")
  };

  @Test
  void restsWhenAllPodsAreCurrent() {
    assertThat(plan(null, false, current("demo-0"), current("demo-1"), current("demo-2")))
        .isEqualTo(new Step.Rest());
  }

  @Test
  void beginsWithTheNodeThatLeadsLeast() {
    assertThat(plan(null, false, ALL_OLD)).isEqualTo(new Step.Begin("demo-2", "demo-2-old"));
    nodes.led(1, 3).led(2, 3);
    assertThat(plan(null, false, ALL_OLD)).isEqualTo(new Step.Begin("demo-0", "demo-0-old"));
  }

  @Test
  void beginsWithAPodThatDoesNotWorkAnyway() {
    nodes.contact(1, Contact.LOST);
    assertThat(plan(null, false, notReady(outdated("demo-0")), ALL_OLD[1], ALL_OLD[2]))
        .isEqualTo(new Step.Begin("demo-0", "demo-0-old"));
  }

  @Test
  void doesNotBeginWhileAnotherPodIsNotReadyOrMissing() {
    assertThat(plan(null, false, outdated("demo-0"), notReady(current("demo-1")), ALL_OLD[2]))
        .isEqualTo(new Step.Await("waiting for demo-1 to be ready"));
    assertThat(plan(null, false, outdated("demo-0"), outdated("demo-2")))
        .isEqualTo(new Step.Await("waiting for demo-1 to be ready"));
  }

  @Test
  void doesNotBeginWhileAGroupWouldLoseItsQuorumAndSaysWhich() {
    nodes.behind(1, 2);
    Step step = plan(null, false, outdated("demo-0"), current("demo-1"), outdated("demo-2"));
    assertThat(step)
        .isEqualTo(
            new Step.Await("demo-2 stays for now: without it no quorum is left of ns/g1", true));
  }

  @Test
  void doesNotBeginBeforeEveryNodeHasAnswered() {
    nodes.contact(2, Contact.CONNECTING);
    assertThat(plan(null, false, ALL_OLD))
        .isEqualTo(new Step.Await("waiting for every node to answer"));
  }

  @Test
  void movesLeadersAwayBeforeItDeletes() {
    Disruption on = disruption("demo-0");
    assertThat(plan(on, false, ALL_OLD)).isEqualTo(new Step.MoveLeaders("demo-0"));
    assertThat(plan(on, true, ALL_OLD)).as("still leads").isEqualTo(new Step.MoveLeaders("demo-0"));
    nodes.led(1, 2).led(2, 3);
    assertThat(plan(on, false, ALL_OLD))
        .as("could lead again")
        .isEqualTo(new Step.MoveLeaders("demo-0"));
    assertThat(plan(on, true, ALL_OLD)).isEqualTo(new Step.Delete("demo-0", "demo-0-old"));
  }

  @Test
  void leadersThatDoNotMoveDoNotHoldItForEver() {
    now = START.plus(RolloutPlanner.LEADERS_MOVE_WITHIN);
    assertThat(plan(disruption("demo-0"), true, ALL_OLD))
        .isEqualTo(new Step.Delete("demo-0", "demo-0-old"));
  }

  @Test
  void aNodeThatIsAwayIsNotAskedToMoveLeaders() {
    nodes.contact(1, Contact.LOST);
    assertThat(plan(disruption("demo-0"), false, ALL_OLD))
        .isEqualTo(new Step.Delete("demo-0", "demo-0-old"));
  }

  @Test
  void doesNotDeleteWhenAQuorumBecameScarceMeanwhile() {
    nodes.led(1, 2).led(2, 3).failed(1, 3);
    assertThat(plan(disruption("demo-0"), true, ALL_OLD))
        .isInstanceOfSatisfying(Step.Await.class, await -> assertThat(await.atRisk()).isTrue());
  }

  @Test
  void waitsForTheSuccessorToBeReadyAndToCatchUp() {
    Disruption on = disruption("demo-2");
    PodFact[] others = {outdated("demo-0"), outdated("demo-1")};
    assertThat(plan(on, true, others)).isEqualTo(new Step.Await("demo-2 is being replaced"));
    assertThat(plan(on, true, others[0], others[1], notReady(current("demo-2"))))
        .isEqualTo(new Step.Await("waiting for demo-2 to be ready"));
    nodes.behind(1, 3).behind(2, 3);
    assertThat(plan(on, true, others[0], others[1], current("demo-2")))
        .isEqualTo(new Step.Await("waiting for demo-2 to catch up with ns/g1, ns/g2"));
    nodes.contact(3, Contact.RECONNECTING);
    assertThat(plan(on, true, others[0], others[1], current("demo-2")))
        .isEqualTo(new Step.Await("waiting for demo-2 to answer"));
  }

  @Test
  void finishesWhenTheSuccessorServes() {
    assertThat(plan(disruption("demo-2"), true, ALL_OLD[0], ALL_OLD[1], current("demo-2")))
        .isEqualTo(new Step.Finish("demo-2"));
  }

  @Test
  void aTemplateThatGoesBackLetsThePodStay() {
    assertThat(
            plan(
                disruption("demo-0"),
                true,
                new PodFact("demo-0", "demo-0-old", true, false, false),
                current("demo-1"),
                current("demo-2")))
        .isEqualTo(new Step.Release("demo-0"));
  }

  @Test
  void aSuccessorThatDoesNotWorkIsReplacedWhenTheTemplateChangesAgain() {
    PodFact broken = new PodFact("demo-2", "demo-2-mid", false, true, false);
    assertThat(plan(disruption("demo-2"), true, ALL_OLD[0], ALL_OLD[1], broken))
        .isEqualTo(new Step.Begin("demo-2", "demo-2-mid"));
  }

  @Test
  void aDisruptionOfAPodThatIsNoLongerWantedIsOver() {
    assertThat(
            plan(
                disruption("demo-7"),
                true,
                current("demo-0"),
                current("demo-1"),
                current("demo-2")))
        .isEqualTo(new Step.Finish("demo-7"));
  }

  /** Whatever the groups and however slowly members catch up: it ends, and no quorum is broken. */
  @Test
  void everyRolloutEndsAndBreaksNoQuorum() {
    long only = Long.getLong("multiraft.seed", -1);
    for (long seed = only < 0 ? 0 : only; seed < (only < 0 ? 300 : only + 1); seed++) {
      try {
        new World(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ", replay with -Dmultiraft.seed=" + seed, e);
      }
    }
  }

  /** Nodes, groups, and members that lag after a restart, all at random. */
  private static final class World {
    private final Random random;
    private final int size;
    private final Nodes nodes;
    private final List<int[]> groups = new ArrayList<>();
    private final Set<String> lagging = new TreeSet<>();
    private final Set<Integer> done = new HashSet<>();
    private Optional<Disruption> disruption = Optional.empty();
    private boolean drained;
    private int deletes;

    World(long seed) {
      random = new Random(seed);
      size = 3 + random.nextInt(4);
      nodes = Nodes.of(size);
      for (int group = 0; group < 1 + random.nextInt(12); group++) {
        List<Integer> ids = new ArrayList<>(IntStream.rangeClosed(1, size).boxed().toList());
        java.util.Collections.shuffle(ids, random);
        int voters = 1 + 2 * random.nextInt(Math.min(3, (size + 1) / 2));
        groups.add(ids.stream().limit(voters).mapToInt(Integer::intValue).toArray());
        nodes.group(group, groups.get(group));
      }
    }

    void run() {
      List<String> expected = IntStream.rangeClosed(1, size).mapToObj(Nodes::pod).toList();
      for (int round = 0; round < 40 * size; round++) {
        Step step =
            RolloutPlanner.plan(
                new Situation(pods(), expected, disruption, drained, nodes.quorums(), START));
        if (step instanceof Step.Rest) {
          assertThat(deletes).as("each pod is deleted once").isEqualTo(size);
          return;
        }
        take(step);
        catchUp();
      }
      throw new AssertionError("the rollout does not end: " + disruption + ", lagging " + lagging);
    }

    private List<PodFact> pods() {
      return IntStream.rangeClosed(1, size)
          .mapToObj(id -> done.contains(id) ? current(Nodes.pod(id)) : outdated(Nodes.pod(id)))
          .toList();
    }

    private void take(Step step) {
      if (step instanceof Step.Begin begin) {
        disruption = Optional.of(disruption(begin.pod()));
        drained = false;
      } else if (step instanceof Step.MoveLeaders move) {
        drained = true;
        int from = id(move.pod());
        for (int group = 0; group < groups.size(); group++) {
          int to = group;
          IntStream.of(groups.get(group))
              .filter(id -> id != from && !lagging.contains(to + "/" + id))
              .findFirst()
              .ifPresent(id -> nodes.led(to, id));
        }
      } else if (step instanceof Step.Delete delete) {
        restart(id(delete.pod()));
      } else if (step instanceof Step.Finish) {
        disruption = Optional.empty();
      }
    }

    private void restart(int nodeId) {
      deletes++;
      done.add(nodeId);
      for (int group = 0; group < groups.size(); group++) {
        int of = group;
        int[] members = groups.get(group);
        if (IntStream.of(members).noneMatch(id -> id == nodeId)) {
          continue;
        }
        if (members.length > 1) {
          long left =
              IntStream.of(members)
                  .filter(id -> id != nodeId && !lagging.contains(of + "/" + id))
                  .count();
          assertThat(left)
              .as("members of group %d that serve meanwhile", group)
              .isGreaterThan(members.length / 2);
          lagging.add(group + "/" + nodeId);
          nodes.behind(group, nodeId);
        }
      }
    }

    private void catchUp() {
      for (String one : List.copyOf(lagging)) {
        if (random.nextInt(3) == 0) {
          lagging.remove(one);
          int group = Integer.parseInt(one.split("/")[0]);
          int[] members = groups.get(group);
          int leader =
              IntStream.of(members)
                  .filter(id -> !lagging.contains(group + "/" + id))
                  .findFirst()
                  .orElseThrow();
          nodes.group(group, members).led(group, leader);
          lagging.stream()
              .filter(other -> other.startsWith(group + "/"))
              .forEach(other -> nodes.behind(group, Integer.parseInt(other.split("/")[1])));
        }
      }
    }

    private static int id(String pod) {
      return Integer.parseInt(pod.substring(pod.lastIndexOf('-') + 1)) + 1;
    }
  }
}
