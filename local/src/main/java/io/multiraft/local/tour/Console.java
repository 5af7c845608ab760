package io.multiraft.local.tour;

import java.io.PrintStream;

/** What the user reads: sentences with the time since the start. Thread-safe. */
final class Console {
  private static final double MILLIS_PER_SECOND = 1_000.0;

  private final PrintStream out;
  private final long startMillis = System.currentTimeMillis();

  Console(PrintStream out) {
    this.out = out;
  }

  /** A step begins. */
  synchronized void step(String text) {
    out.println();
    out.println(stamp() + text);
  }

  /** Something happened within a step. */
  synchronized void say(String text) {
    out.println(stamp() + "  " + text);
  }

  /** Text as it is. */
  synchronized void plain(String text) {
    out.println(text);
  }

  /** Seconds since the start. */
  double seconds() {
    return (System.currentTimeMillis() - startMillis) / MILLIS_PER_SECOND;
  }

  private String stamp() {
    return "[%5.1f s] ".formatted(seconds());
  }
}
