package io.multiraft.node.linearizability;

import static io.multiraft.node.linearizability.Operation.compareAndSet;
import static io.multiraft.node.linearizability.Operation.put;
import static io.multiraft.node.linearizability.Operation.read;
import static io.multiraft.node.linearizability.Operation.unknownCompareAndSet;
import static io.multiraft.node.linearizability.Operation.unknownPut;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Histories whose verdict is known, and random ones against trying every order. */
class RegisterCheckerTest {
  private static final long MAX_STEPS = 1_000_000;

  static Stream<Arguments> good() {
    return Stream.of(
        arguments("nothing", List.of()),
        arguments("one after another", List.of(put(1, "a", 1, 1, 2), read(1, "a", 1, 3, 4))),
        arguments(
            "a read beside a put sees before",
            List.of(put(1, "a", 1, 1, 5), read(2, null, 0, 2, 3))),
        arguments(
            "a read beside a put sees after", List.of(put(1, "a", 1, 1, 5), read(2, "a", 1, 2, 3))),
        arguments(
            "puts at once in either order",
            List.of(
                put(1, "a", 2, 1, 9),
                put(2, "b", 1, 1, 9),
                read(3, "b", 1, 2, 3),
                read(3, "a", 2, 4, 5))),
        arguments(
            "an unknown put that was done", List.of(unknownPut(1, "a", 1), read(2, "a", 1, 5, 6))),
        arguments(
            "an unknown put that was not", List.of(unknownPut(1, "a", 1), read(2, null, 0, 5, 6))),
        arguments(
            "an unknown put that is done much later",
            List.of(
                unknownPut(1, "a", 1),
                read(2, null, 0, 5, 6),
                put(2, "b", 1, 7, 8),
                read(2, "a", 2, 9, 10))),
        arguments(
            "of two that set at once one wins",
            List.of(
                put(1, "a", 1, 1, 2),
                compareAndSet(1, 1, "b", true, 3, 8),
                compareAndSet(2, 1, "c", false, 3, 8),
                read(1, "b", 2, 9, 10))),
        arguments(
            "an unknown set that won",
            List.of(
                unknownCompareAndSet(1, 0, "a", 1),
                compareAndSet(2, 0, "b", false, 2, 3),
                read(2, "a", 1, 4, 5))));
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        arguments(
            "a stale read",
            List.of(put(1, "a", 1, 1, 2), put(1, "b", 2, 3, 4), read(2, "a", 1, 5, 6))),
        arguments("a lost write", List.of(put(1, "a", 1, 1, 2), read(2, null, 0, 3, 4))),
        arguments("a value from nowhere", List.of(read(1, "x", 1, 1, 2))),
        arguments(
            "two readers see a put beside them in different orders",
            List.of(put(1, "a", 1, 1, 9), read(2, "a", 1, 2, 3), read(3, null, 0, 4, 5))),
        arguments(
            "both of two that set win",
            List.of(compareAndSet(1, 0, "a", true, 1, 5), compareAndSet(2, 0, "b", true, 1, 5))),
        arguments(
            "neither of two that set wins",
            List.of(compareAndSet(1, 0, "a", false, 1, 5), compareAndSet(2, 0, "b", false, 1, 5))),
        arguments(
            "an unknown put that is done twice",
            List.of(
                unknownPut(1, "a", 1),
                read(2, "a", 1, 2, 3),
                put(2, "b", 2, 4, 5),
                read(2, "a", 3, 6, 7))),
        arguments(
            "an unknown put before its call",
            List.of(read(2, "a", 1, 1, 2), unknownPut(1, "a", 3))),
        arguments("a version that skips", List.of(put(1, "a", 1, 1, 2), put(1, "b", 3, 3, 4))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("good")
  void accepts(String name, List<Operation> history) {
    assertThat(RegisterChecker.check(history, MAX_STEPS)).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bad")
  void refuses(String name, List<Operation> history) {
    assertThat(RegisterChecker.check(history, MAX_STEPS).orElse("")).startsWith("not linearizable");
  }

  @Test
  void manyWritesWithoutAnAnswerAreNoTrouble() {
    List<Operation> history = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      history.add(unknownPut(i, "v" + i, i));
    }
    history.add(put(99, "a", 30, 100, 200));
    assertThat(RegisterChecker.check(history, MAX_STEPS)).isEmpty();
    history.add(put(99, "b", 70, 300, 400));
    assertThat(RegisterChecker.check(history, MAX_STEPS)).as("only 62 were called").isPresent();
  }

  @Test
  void saysWhenItDoesNotKnow() {
    List<Operation> history = List.of(put(1, "a", 1, 1, 2), put(1, "b", 2, 3, 4));
    assertThatThrownBy(() -> RegisterChecker.check(history, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no verdict");
  }

  /** Clients at a register that is right, with answers that sometimes get lost. */
  private static List<Operation> run(Random random, int operations) {
    List<Operation> history = new ArrayList<>();
    String value = null;
    long version = 0;
    long[] freeAt = {0, 0, 0};
    long now = 0;
    for (int i = 0; i < operations; i++) {
      int client = random.nextInt(freeAt.length);
      now += 1 + random.nextInt(3); // when it is done
      long called = Math.max(freeAt[client] + 1, now - random.nextInt(6));
      now = Math.max(now, called);
      long returned = now + random.nextInt(6);
      freeAt[client] = returned;
      String written = "v" + i;
      boolean lost = random.nextInt(5) == 0;
      switch (random.nextInt(3)) {
        case 0 -> history.add(read(client, value, version, called, returned));
        case 1 -> {
          value = written;
          version++;
          history.add(
              lost
                  ? unknownPut(client, written, called)
                  : put(client, written, version, called, returned));
        }
        default -> {
          long expected = Math.max(0, version - random.nextInt(2));
          boolean done = expected == version;
          if (done) {
            value = written;
            version++;
          }
          history.add(
              lost
                  ? unknownCompareAndSet(client, expected, written, called)
                  : compareAndSet(client, expected, written, done, called, returned));
        }
      }
    }
    return history;
  }

  @Test
  void acceptsWhateverARightRegisterDoes() {
    long seed = Long.getLong("multiraft.seed", new Random().nextLong());
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      assertThat(RegisterChecker.check(run(random, 300), MAX_STEPS)).as("seed " + seed).isEmpty();
    }
  }

  @Test
  void agreesWithTryingEveryOrder() {
    long seed = Long.getLong("multiraft.seed", new Random().nextLong());
    Random random = new Random(seed);
    int refused = 0;
    for (int round = 0; round < 5_000; round++) {
      List<Operation> history = run(random, 6);
      int spoiled = random.nextInt(history.size());
      history.set(spoiled, spoil(history.get(spoiled), random));
      boolean expected = hasOrder(history, null, 0);
      refused += expected ? 0 : 1;
      assertThat(RegisterChecker.check(history, MAX_STEPS).isEmpty())
          .as("seed %d, round %d: %s", seed, round, history)
          .isEqualTo(expected);
    }
    assertThat(refused).as("bad ones were among them").isGreaterThan(200);
  }

  /** The same operation with another answer, or at another time. */
  private static Operation spoil(Operation op, Random random) {
    long later = random.nextInt(20);
    boolean open = op.returnedAt() == Operation.OPEN;
    return switch (op.kind()) {
      case READ ->
          read(op.client(), "v" + random.nextInt(3), op.version(), op.calledAt(), op.returnedAt());
      case PUT ->
          open
              ? unknownPut(op.client(), op.written(), op.calledAt() + later)
              : put(op.client(), op.written(), op.version() + 1, op.calledAt(), op.returnedAt());
      case COMPARE_AND_SET ->
          open
              ? unknownCompareAndSet(
                  op.client(), op.expected(), op.written(), op.calledAt() + later)
              : compareAndSet(
                  op.client(),
                  op.expected(),
                  op.written(),
                  op.outcome() != Operation.Outcome.DONE,
                  op.calledAt(),
                  op.returnedAt());
    };
  }

  /**
   * Tries every order in which no operation stands before one that had returned before its call.
   */
  private static boolean hasOrder(List<Operation> left, String value, long version) {
    if (left.stream().allMatch(op -> op.returnedAt() == Operation.OPEN)) {
      return true;
    }
    for (Operation first : left) {
      boolean mayBeFirst = left.stream().allMatch(op -> op.returnedAt() >= first.calledAt());
      List<Operation> rest = new ArrayList<>(left);
      rest.remove(first);
      boolean writes =
          first.kind() == Operation.Kind.PUT
              || (first.kind() == Operation.Kind.COMPARE_AND_SET
                  && first.outcome() != Operation.Outcome.NOT_EQUAL);
      boolean told =
          switch (first.kind()) {
            case READ ->
                java.util.Objects.equals(first.seen(), value) && first.version() == version;
            case PUT -> first.returnedAt() == Operation.OPEN || first.version() == version + 1;
            case COMPARE_AND_SET ->
                (first.expected() == version) == (first.outcome() != Operation.Outcome.NOT_EQUAL);
          };
      if (mayBeFirst
          && told
          && hasOrder(rest, writes ? first.written() : value, version + (writes ? 1 : 0))) {
        return true;
      }
    }
    return false;
  }
}
