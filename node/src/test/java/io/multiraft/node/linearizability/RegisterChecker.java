package io.multiraft.node.linearizability;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a history of one versioned register is linearizable: whether every operation can be given
 * a moment between its call and its return so that the register, done in that order, answers as it
 * did. Wing and Gong's search with Lowe's memory of what was tried. A register begins without a
 * value at version 0, and each write raises its version by one.
 */
public final class RegisterChecker {
  /** The register between two operations. */
  private record State(String value, long version) {}

  /** A set of operations that are done and what they left. */
  private record Tried(BitSet done, State state) {}

  /** A call or a return, in a list from which operations are lifted while they are tried. */
  private static final class Event {
    final int operation;
    final boolean isCall;
    Event matching;
    Event previous;
    Event next;

    Event(int operation, boolean isCall) {
      this.operation = operation;
      this.isCall = isCall;
    }
  }

  private record Step(Event call, State before) {}

  private final List<Operation> operations;
  private final long maxSteps;
  private final Event head = new Event(-1, false);
  private final Set<Tried> tried = new HashSet<>();
  private final BitSet done = new BitSet();
  private final KnownVersions known;

  private RegisterChecker(List<Operation> operations, long maxSteps) {
    this.operations = operations;
    this.maxSteps = maxSteps;
    this.known = new KnownVersions(operations);
    link();
  }

  /**
   * Looks for an order.
   *
   * @param maxSteps bound of the search
   * @return empty if there is one; else the part of the history that no order explains, for people
   * @throws IllegalStateException when the search is longer than that: nothing is known then
   */
  public static Optional<String> check(List<Operation> history, long maxSteps) {
    List<Operation> relevant = new ArrayList<>();
    for (Operation operation : history) {
      boolean mayBeLeftOut =
          operation.outcome() == Operation.Outcome.UNKNOWN
              && operation.kind() == Operation.Kind.READ;
      if (!mayBeLeftOut) {
        relevant.add(operation);
      }
    }
    return new RegisterChecker(relevant, maxSteps).search();
  }

  private record Moment(long at, boolean isCall, Event event) {}

  private void link() {
    List<Moment> moments = new ArrayList<>();
    for (int i = 0; i < operations.size(); i++) {
      Event call = new Event(i, true);
      Event end = new Event(i, false);
      call.matching = end;
      end.matching = call;
      moments.add(new Moment(operations.get(i).calledAt(), true, call));
      moments.add(new Moment(operations.get(i).returnedAt(), false, end));
    }
    // at the same moment calls come first: nothing is known about the order then
    moments.sort(Comparator.comparingLong(Moment::at).thenComparing(moment -> !moment.isCall));
    Event last = head;
    for (Moment moment : moments) {
      moment.event.previous = last;
      last.next = moment.event;
      last = moment.event;
    }
  }

  private Optional<String> search() {
    List<Step> path = new ArrayList<>();
    State state = new State(null, 0);
    Event event = head.next;
    int longest = -1;
    Event stuckAt = null;
    State stuckState = state;
    for (long steps = 0; !onlyOpenLeft(); steps++) {
      if (steps > maxSteps) {
        throw new IllegalStateException("no verdict after " + maxSteps + " steps");
      }
      if (event.isCall) {
        Optional<State> after = apply(operations.get(event.operation), state);
        if (after.isPresent() && isWorthTrying(event) && isNew(event.operation, after.get())) {
          done.set(event.operation);
          path.add(new Step(event, state));
          state = after.get();
          lift(event);
          event = head.next;
        } else {
          event = event.next;
        }
        continue;
      }
      // something returned that cannot have been done yet: the last choice was wrong
      if (path.size() > longest) {
        longest = path.size();
        stuckAt = event;
        stuckState = state;
      }
      if (path.isEmpty()) {
        return Optional.of(explain(stuckAt, stuckState));
      }
      Step last = path.remove(path.size() - 1);
      done.clear(last.call.operation);
      state = last.before;
      unlift(last.call);
      event = last.call.next;
    }
    return Optional.empty();
  }

  /**
   * Of writes without an answer whose values nobody ever saw only the first is tried: such a write
   * only raises the version, any that has been called may stand for any other, and none has an end.
   */
  private boolean isWorthTrying(Event call) {
    Operation operation = operations.get(call.operation);
    if (!known.isAnonymous(operation)) {
      return true;
    }
    for (Event event = call.previous; event != head; event = event.previous) {
      Operation other = operations.get(event.operation);
      boolean alike = other.kind() == operation.kind() && other.expected() == operation.expected();
      if (alike && known.isAnonymous(other)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the same operations in another order have not led to this state already. */
  private boolean isNew(int operation, State after) {
    BitSet then = (BitSet) done.clone();
    then.set(operation);
    return tried.add(new Tried(then, after));
  }

  /** Whether whatever is left need not have happened. */
  private boolean onlyOpenLeft() {
    for (Event event = head.next; event != null; event = event.next) {
      if (operations.get(event.operation).returnedAt() != Operation.OPEN) {
        return false;
      }
      if (!event.isCall) {
        return true; // open ends are the last of all
      }
    }
    return true;
  }

  private static void lift(Event call) {
    unlink(call);
    unlink(call.matching);
  }

  private static void unlink(Event event) {
    event.previous.next = event.next;
    if (event.next != null) {
      event.next.previous = event.previous;
    }
  }

  private static void unlift(Event call) {
    relink(call.matching);
    relink(call);
  }

  private static void relink(Event event) {
    event.previous.next = event;
    if (event.next != null) {
      event.next.previous = event;
    }
  }

  /** The register after the operation, if it could have been told what it was told. */
  private Optional<State> apply(Operation operation, State state) {
    boolean answered = operation.outcome() != Operation.Outcome.UNKNOWN;
    State written = new State(operation.written(), state.version + 1);
    boolean fits =
        switch (operation.kind()) {
          case READ ->
              Objects.equals(operation.seen(), state.value) && operation.version() == state.version;
          case PUT ->
              !answered || operation.version() == 0 || operation.version() == written.version;
          case COMPARE_AND_SET ->
              (operation.expected() == state.version)
                  == (operation.outcome() != Operation.Outcome.NOT_EQUAL);
        };
    if (!fits) {
      return Optional.empty();
    }
    boolean writes =
        operation.kind() != Operation.Kind.READ
            && operation.outcome() != Operation.Outcome.NOT_EQUAL;
    if (!writes) {
      return Optional.of(state);
    }
    // what somebody was told of this version must be what is written now, or nothing after fits
    return known.mayBe(written.version, written.value) ? Optional.of(written) : Optional.empty();
  }

  private String explain(Event stuckAt, State state) {
    Operation stuck = operations.get(stuckAt.operation);
    StringBuilder text =
        new StringBuilder("not linearizable: the longest order that fits ends at ");
    text.append(state).append(" and cannot go on before the return of\n  ").append(stuck);
    text.append("\nwhat was under way or near it:\n");
    operations.stream()
        .filter(other -> other.returnedAt() >= stuck.calledAt())
        .filter(other -> other.calledAt() <= stuck.returnedAt())
        .limit(60)
        .forEach(other -> text.append("  ").append(other).append('\n'));
    return text.toString();
  }
}
