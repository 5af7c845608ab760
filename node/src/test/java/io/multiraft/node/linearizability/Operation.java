package io.multiraft.node.linearizability;

import java.util.Objects;

/**
 * What a client did to one register and what it was told.
 *
 * @param client who, for people
 * @param kind what
 * @param expected for a compare-and-set the version it expects; else 0
 * @param written the value written; null for a read
 * @param outcome what the client knows
 * @param seen for a read that succeeded, the value, null when there was none
 * @param version for what succeeded, the version that the answer tells, 0 for none
 * @param calledAt when it was called, by a clock of the whole history
 * @param returnedAt when the answer came; {@link #OPEN} if it did not
 */
public record Operation(
    int client,
    Kind kind,
    long expected,
    String written,
    Outcome outcome,
    String seen,
    long version,
    long calledAt,
    long returnedAt) {
  /** The end of an operation whose outcome is unknown: it may take effect at any time, or never. */
  public static final long OPEN = Long.MAX_VALUE;

  /** What is done. */
  public enum Kind {
    READ,
    PUT,
    COMPARE_AND_SET
  }

  /** What the client knows. */
  public enum Outcome {
    /** It was done; a compare-and-set wrote. */
    DONE,
    /** A compare-and-set found another version and wrote nothing. */
    NOT_EQUAL,
    /** It may have been done, or will be, or not. */
    UNKNOWN
  }

  public Operation {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(outcome, "outcome");
    if ((outcome == Outcome.UNKNOWN) != (returnedAt == OPEN) || calledAt > returnedAt) {
      throw new IllegalArgumentException("an operation ends when its outcome is known");
    }
  }

  public static Operation read(
      int client, String seen, long version, long calledAt, long returnedAt) {
    return new Operation(
        client, Kind.READ, 0, null, Outcome.DONE, seen, version, calledAt, returnedAt);
  }

  public static Operation put(
      int client, String value, long version, long calledAt, long returnedAt) {
    return new Operation(
        client, Kind.PUT, 0, value, Outcome.DONE, null, version, calledAt, returnedAt);
  }

  public static Operation unknownPut(int client, String value, long calledAt) {
    return new Operation(client, Kind.PUT, 0, value, Outcome.UNKNOWN, null, 0, calledAt, OPEN);
  }

  public static Operation compareAndSet(
      int client, long expected, String value, boolean done, long calledAt, long returnedAt) {
    return new Operation(
        client,
        Kind.COMPARE_AND_SET,
        expected,
        value,
        done ? Outcome.DONE : Outcome.NOT_EQUAL,
        null,
        done ? expected + 1 : 0,
        calledAt,
        returnedAt);
  }

  public static Operation unknownCompareAndSet(
      int client, long expected, String value, long calledAt) {
    return new Operation(
        client, Kind.COMPARE_AND_SET, expected, value, Outcome.UNKNOWN, null, 0, calledAt, OPEN);
  }

  @Override
  public String toString() {
    String text =
        switch (kind) {
          case READ -> "read " + seen + " v" + version;
          case PUT -> "put " + written + " v" + version;
          case COMPARE_AND_SET -> "cas v" + expected + " -> " + written;
        };
    String end = returnedAt == OPEN ? "…" : String.valueOf(returnedAt);
    return "client " + client + " [" + calledAt + "," + end + "] " + text + " " + outcome;
  }
}
