package io.multiraft.operator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.operator.group.GroupIds.Answer;
import io.multiraft.operator.group.GroupIds.Knowledge;
import io.multiraft.operator.group.GroupIds.Mark;
import io.multiraft.operator.observe.ClusterKey;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupIdsTest {
  private static final ClusterKey CLUSTER = new ClusterKey("default", "demo");
  private static final Knowledge NOTHING = new Knowledge(List.of(), 0, () -> 0);

  /** The API server: a version that rises with each write. */
  private static final class Status implements GroupIds.Store {
    String uid = "u1";
    long version = 1;
    long highWater;
    Runnable beforeRaise = () -> {};
    boolean loseAnswer;

    @Override
    public Optional<Mark> read(ClusterKey cluster) {
      return uid == null
          ? Optional.empty()
          : Optional.of(new Mark(uid, Long.toString(version), highWater));
    }

    @Override
    public boolean raise(ClusterKey cluster, Mark read, long newHighWater) {
      beforeRaise.run();
      if (!read.resourceVersion().equals(Long.toString(version))) {
        return false;
      }
      assertThat(newHighWater).as("the mark only rises").isGreaterThan(highWater);
      version++;
      highWater = newHighWater;
      if (loseAnswer) {
        loseAnswer = false;
        throw new IllegalStateException("the operator died here");
      }
      return true;
    }
  }

  private static int given(Answer answer) {
    return ((Answer.Given) answer).groupId();
  }

  @Test
  void reservesOnceForABlock() {
    Status status = new Status();
    GroupIds ids = new GroupIds(status, 10);
    for (int expected = 1; expected <= 10; expected++) {
      assertThat(given(ids.next(CLUSTER, "u1", NOTHING))).isEqualTo(expected);
    }
    assertThat(status.version).isEqualTo(2);
    assertThat(given(ids.next(CLUSTER, "u1", NOTHING))).isEqualTo(11);
    assertThat(status.highWater).isEqualTo(20);
  }

  @Test
  void givesNothingBeforeAllNodesAnswered() {
    GroupIds ids = new GroupIds(new Status(), 10);
    assertThat(ids.next(CLUSTER, "u1", new Knowledge(List.of("demo-2"), 0, () -> 0)))
        .isEqualTo(new Answer.SilentNodes(List.of("demo-2")));
    assertThat(given(ids.next(CLUSTER, "u1", NOTHING))).isEqualTo(1);
    assertThat(given(ids.next(CLUSTER, "u1", new Knowledge(List.of("demo-2"), 0, () -> 0))))
        .as("once heard, a node may be silent")
        .isEqualTo(2);
  }

  @Test
  void startsAboveWhatAnybodyRemembersWhenTheClusterWasMadeAgain() {
    Status status = new Status();
    GroupIds ids = new GroupIds(status, 10);
    assertThat(given(ids.next(CLUSTER, "u1", NOTHING))).isEqualTo(1);
    status.uid = "u2";
    status.highWater = 0;
    assertThat(ids.next(CLUSTER, "u2", new Knowledge(List.of("demo-1"), 0, () -> 0)))
        .isInstanceOf(Answer.SilentNodes.class);
    assertThat(given(ids.next(CLUSTER, "u2", new Knowledge(List.of(), 30, () -> 41))))
        .isEqualTo(42);
    assertThat(status.highWater).isEqualTo(51);
  }

  @Test
  void skipsTheRestOfABlockWhenANodeRemembersMore() {
    GroupIds ids = new GroupIds(new Status(), 10);
    assertThat(given(ids.next(CLUSTER, "u1", NOTHING))).isEqualTo(1);
    assertThat(given(ids.next(CLUSTER, "u1", new Knowledge(List.of(), 500, () -> 0))))
        .isEqualTo(501);
  }

  @Test
  void endsAtTheLastId() {
    Status status = new Status();
    status.highWater = GroupIds.MAX_GROUP_ID - 1;
    GroupIds ids = new GroupIds(status, 10);
    assertThat(given(ids.next(CLUSTER, "u1", NOTHING))).isEqualTo(GroupIds.MAX_GROUP_ID);
    assertThat(ids.next(CLUSTER, "u1", NOTHING)).isInstanceOf(Answer.Exhausted.class);
  }

  @Test
  void saysWhenTheClusterIsGone() {
    Status status = new Status();
    status.uid = null;
    assertThat(new GroupIds(status, 10).next(CLUSTER, "u1", NOTHING))
        .isInstanceOf(Answer.ClusterChanged.class);
  }

  /** Operators come, die at the worst moment, and fight; no id is ever given twice. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void noIdIsGivenTwice(long seed) {
    Random random = new Random(seed);
    Status status = new Status();
    GroupIds[] operators = {new GroupIds(status, 5), new GroupIds(status, 7)};
    Set<Integer> given = new HashSet<>();
    for (int step = 0; step < 2_000; step++) {
      int who = random.nextInt(operators.length);
      status.loseAnswer = random.nextInt(20) == 0;
      if (random.nextInt(10) == 0) {
        status.beforeRaise =
            () -> {
              status.beforeRaise = () -> {};
              status.version++;
            };
      }
      try {
        int id = given(operators[who].next(CLUSTER, "u1", NOTHING));
        assertThat(given.add(id)).as("id %d, seed %d", id, seed).isTrue();
      } catch (IllegalStateException died) {
        operators[who] = new GroupIds(status, 5);
      }
    }
  }
}
