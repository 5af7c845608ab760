package io.multiraft.operator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.operator.group.MembershipPlanner.Health;
import io.multiraft.operator.group.MembershipPlanner.Replica;
import io.multiraft.operator.group.MembershipPlanner.Seat;
import io.multiraft.operator.group.MembershipPlanner.Situation;
import io.multiraft.operator.group.MembershipPlanner.Spare;
import io.multiraft.operator.group.MembershipPlanner.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MembershipPlannerTest {
  private static Seat voter(int id, Health health) {
    return new Seat(id, id, true, health, health == Health.HERE, id == 1);
  }

  private static Seat learner(int id, int nodeId, boolean caughtUp) {
    return new Seat(id, nodeId, false, Health.HERE, caughtUp, false);
  }

  private static final Seat LEADER = voter(1, Health.HERE);
  private static final Seat SECOND = voter(2, Health.HERE);

  private static Step plan(
      int wanted, int highest, List<Seat> seats, List<Replica> replicas, Spare... spares) {
    return MembershipPlanner.plan(new Situation(wanted, highest, seats, replicas, List.of(spares)));
  }

  @Test
  void restsWhenTheMembersAreAsTheyShouldBe() {
    assertThat(
            plan(3, 3, List.of(LEADER, SECOND, voter(3, Health.HERE)), List.of(), new Spare(4, 0)))
        .isEqualTo(new Step.Rest());
  }

  /** An operator that has just started took a new voter out instead of the one it had replaced. */
  @Test
  void doesNothingWhileItIsNotKnownHowEveryMemberIs() {
    assertThat(
            plan(
                3,
                4,
                List.of(LEADER, SECOND, voter(3, Health.UNKNOWN), voter(4, Health.UNKNOWN)),
                List.of()))
        .isEqualTo(new Step.Look());
  }

  @Test
  void waitsForANodeThatIsAway() {
    assertThat(
            plan(3, 3, List.of(LEADER, SECOND, voter(3, Health.AWAY)), List.of(), new Spare(4, 0)))
        .isEqualTo(new Step.Rest());
  }

  @Test
  void replacesAMemberThatIsGoneLearnerFirstAndTheOldOneLast() {
    Seat gone = voter(3, Health.GONE);
    assertThat(
            plan(3, 3, List.of(LEADER, SECOND, gone), List.of(), new Spare(5, 9), new Spare(4, 2)))
        .as("on the node with the fewest members")
        .isEqualTo(new Step.Join(4, 4));
    assertThat(plan(3, 3, List.of(LEADER, SECOND, gone), List.of(new Replica(4, 4))))
        .isEqualTo(new Step.Add(4, 4));
    assertThat(plan(3, 4, List.of(LEADER, SECOND, gone, learner(4, 4, false)), List.of()))
        .isEqualTo(new Step.CatchUp(4));
    assertThat(plan(3, 4, List.of(LEADER, SECOND, gone, learner(4, 4, true)), List.of()))
        .isEqualTo(new Step.Promote(4, 4));
    assertThat(plan(3, 4, List.of(LEADER, SECOND, gone, voter(4, Health.HERE)), List.of()))
        .isEqualTo(new Step.Remove(3, 3));
  }

  @Test
  void theNodeOfALostDiskTakesItsOwnReplacement() {
    assertThat(
            plan(3, 7, List.of(LEADER, SECOND, voter(3, Health.GONE)), List.of(), new Spare(3, 0)))
        .isEqualTo(new Step.Join(3, 8));
  }

  @Test
  void aNodeWithAMemberThatServesTakesNoSecondOne() {
    assertThat(
            plan(3, 3, List.of(LEADER, SECOND, voter(3, Health.GONE)), List.of(), new Spare(2, 0)))
        .isEqualTo(new Step.NoSpare(List.of(3)));
  }

  @Test
  void aFailedMemberMakesWayOnItsOwnNodeOnlyWhenNoOtherIsFree() {
    List<Seat> seats = List.of(LEADER, SECOND, voter(3, Health.FAILED));
    assertThat(plan(3, 3, seats, List.of(), new Spare(4, 0))).isEqualTo(new Step.Join(4, 4));
    assertThat(plan(3, 3, seats, List.of())).isEqualTo(new Step.Clean(3, 3));
  }

  @Test
  void deletesWhatIsLeftOfRemovedMembersFirst() {
    assertThat(
            plan(3, 5, List.of(LEADER, SECOND, voter(3, Health.HERE)), List.of(new Replica(4, 4))))
        .isEqualTo(new Step.Clean(4, 4));
  }

  @Test
  void aLearnerThatIsGoneIsRemoved() {
    Seat gone = new Seat(4, 4, false, Health.GONE, false, false);
    assertThat(plan(3, 4, List.of(LEADER, SECOND, voter(3, Health.GONE), gone), List.of()))
        .isEqualTo(new Step.Remove(4, 4));
  }

  @Test
  void whatWasBegunIsTakenBackWhenTheOldMemberReturns() {
    List<Seat> all = List.of(LEADER, SECOND, voter(3, Health.HERE));
    assertThat(plan(3, 3, all, List.of(new Replica(4, 4)))).isEqualTo(new Step.Clean(4, 4));
    List<Seat> more = new ArrayList<>(all);
    more.add(learner(4, 4, true));
    assertThat(plan(3, 4, more, List.of())).isEqualTo(new Step.Remove(4, 4));
  }

  @Test
  void growsAndShrinksByOneAtATimeAndSparesTheLeader() {
    List<Seat> three = List.of(LEADER, SECOND, voter(3, Health.HERE));
    assertThat(plan(5, 3, three, List.of(), new Spare(4, 0), new Spare(5, 0)))
        .isEqualTo(new Step.Join(4, 4));
    assertThat(plan(1, 3, three, List.of())).isEqualTo(new Step.Remove(3, 3));
    assertThat(plan(1, 3, List.of(LEADER, SECOND), List.of())).isEqualTo(new Step.Remove(2, 2));
    assertThat(plan(1, 3, List.of(LEADER, voter(2, Health.AWAY), voter(3, Health.HERE)), List.of()))
        .isEqualTo(new Step.Remove(2, 2));
    assertThat(plan(5, 3, three, List.of())).isEqualTo(new Step.NoSpare(List.of()));
  }

  /** Nodes lose disks and members fail at random; it always ends, and always with a majority. */
  @Test
  void everyWalkEndsAndNeverLosesAMajority() {
    long only = Long.getLong("multiraft.seed", -1);
    for (long seed = only < 0 ? 0 : only; seed < (only < 0 ? 500 : only + 1); seed++) {
      try {
        new Walk(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ", replay with -Dmultiraft.seed=" + seed, e);
      }
    }
  }

  /** A group on nodes, and what each step does to it. */
  private static final class Walk {
    private final Random random;
    private final int nodeCount;
    private int wanted;
    private int highest;
    private final Map<Integer, Seat> seats = new TreeMap<>();

    /** By node: the server id of the replica there. */
    private final Map<Integer, Integer> disks = new TreeMap<>();

    Walk(long seed) {
      random = new Random(seed);
      nodeCount = 3 + random.nextInt(4);
      wanted = 3;
      for (highest = 1; highest <= 3; highest++) {
        seats.put(highest, voter(highest, Health.HERE));
        disks.put(highest, highest);
      }
      highest = 3;
    }

    void run() {
      int faults = 4;
      for (int round = 0; round < 200; round++) {
        Step step = MembershipPlanner.plan(situation());
        boolean settled = step instanceof Step.Rest;
        if (faults > 0 && (settled || random.nextInt(4) == 0)) {
          faults -= fault() ? 1 : 0;
        } else if (settled) {
          assertThat(seats)
              .hasSize(wanted)
              .allSatisfy((id, seat) -> assertThat(seat.isUsable()).isTrue());
          assertThat(disks.values()).as("nothing is left behind").hasSize(wanted);
          return;
        }
        take(MembershipPlanner.plan(situation()));
        long voters = seats.values().stream().filter(Seat::voter).count();
        long serving = seats.values().stream().filter(s -> s.voter() && s.isUsable()).count();
        assertThat(serving).as("voters that serve of %s", seats).isGreaterThan(voters / 2);
      }
      throw new AssertionError("it does not end: " + situation());
    }

    /** One more member is lost, if the group can bear it. */
    private boolean fault() {
      List<Seat> usable = seats.values().stream().filter(Seat::isUsable).toList();
      long voters = seats.values().stream().filter(Seat::voter).count();
      long serving = usable.stream().filter(Seat::voter).count();
      Seat victim = usable.get(random.nextInt(usable.size()));
      if (victim.leader() || (victim.voter() && (serving - 1) * 2 <= voters)) {
        if (nodeCount >= 5) {
          wanted = random.nextBoolean() ? 5 : 3;
        }
        return true;
      }
      boolean disk = random.nextBoolean();
      if (disk) {
        disks.remove(victim.nodeId());
      }
      seats.put(
          victim.serverId(),
          new Seat(
              victim.serverId(),
              victim.nodeId(),
              victim.voter(),
              disk ? Health.GONE : Health.FAILED,
              false,
              false));
      return true;
    }

    private Situation situation() {
      List<Replica> replicas = new ArrayList<>();
      List<Spare> spares = new ArrayList<>();
      for (int node = 1; node <= nodeCount; node++) {
        Integer serverId = disks.get(node);
        if (serverId == null) {
          spares.add(new Spare(node, random.nextInt(5)));
        } else if (!seats.containsKey(serverId)) {
          replicas.add(new Replica(serverId, node));
        }
      }
      return new Situation(wanted, highest, List.copyOf(seats.values()), replicas, spares);
    }

    private void take(Step step) {
      if (step instanceof Step.Join join) {
        assertThat(disks).doesNotContainKey(join.nodeId());
        disks.put(join.nodeId(), join.serverId());
      } else if (step instanceof Step.Add add) {
        assertThat(add.serverId()).as("ids are not reused").isGreaterThan(highest);
        highest = add.serverId();
        seats.put(add.serverId(), learner(add.serverId(), add.nodeId(), random.nextBoolean()));
      } else if (step instanceof Step.CatchUp catchUp) {
        seats.replaceAll(
            (id, seat) ->
                seat.nodeId() == catchUp.nodeId() && !seat.voter()
                    ? learner(id, seat.nodeId(), true)
                    : seat);
      } else if (step instanceof Step.Promote promote) {
        seats.computeIfPresent(
            promote.serverId(),
            (id, seat) -> {
              assertThat(seat.caughtUp()).isTrue();
              return new Seat(id, seat.nodeId(), true, Health.HERE, true, false);
            });
      } else if (step instanceof Step.Remove remove) {
        assertThat(seats.remove(remove.serverId()).leader()).isFalse();
      } else if (step instanceof Step.Clean clean) {
        assertThat(disks.remove(clean.nodeId())).isEqualTo(clean.serverId());
        seats.computeIfPresent(
            clean.serverId(),
            (id, seat) -> {
              assertThat(seat.health()).isEqualTo(Health.FAILED);
              return new Seat(id, seat.nodeId(), seat.voter(), Health.GONE, false, false);
            });
      } else if (step instanceof Step.NoSpare) {
        wanted = 3; // somebody takes the wish back
      }
    }
  }
}
