package io.multiraft.node.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/** Runs seed after seed until the time is over or one fails; see bin/simulate. */
public final class Simulate {
  private static final int MAX_TRACE_LINES = 400;

  private final long endNanos;
  private final AtomicLong nextSeed;
  private final AtomicBoolean failed = new AtomicBoolean();
  private final Counts counts = new Counts();
  private long seeds;
  private long simulatedNanos;

  private Simulate(long minutes, long firstSeed) {
    endNanos = System.nanoTime() + Duration.ofMinutes(minutes).toNanos();
    nextSeed = new AtomicLong(firstSeed);
  }

  /** Usage: {@code --minutes N [--seed S] [--threads T]}, or {@code --replay SEED}. */
  public static void main(String[] arguments) throws InterruptedException {
    silenceLog();
    Map<String, Long> options = options(arguments);
    if (options.containsKey("--replay")) {
      System.exit(replay(options.get("--replay"), Integer.MAX_VALUE) ? 0 : 1);
    }
    long minutes = options.getOrDefault("--minutes", 1L);
    long seed = options.getOrDefault("--seed", System.nanoTime() % 1_000_000_000 * 1_000);
    long threads = options.getOrDefault("--threads", 1L);
    System.out.printf("seeds from %d, %d minutes, %d threads%n", seed, minutes, threads);
    System.exit(new Simulate(minutes, seed).run(threads) ? 0 : 1);
  }

  /** Thousands of simulated nodes have nothing to say that the trace does not. */
  static void silenceLog() {
    ((Logger) LoggerFactory.getLogger("io.multiraft")).setLevel(Level.OFF);
  }

  private static Map<String, Long> options(String[] arguments) {
    Map<String, Long> options = new TreeMap<>();
    List<String> known = List.of("--minutes", "--seed", "--threads", "--replay");
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      if (!known.contains(arguments[i])) {
        usage();
      }
      options.put(arguments[i], Long.parseLong(arguments[i + 1]));
    }
    if (arguments.length % 2 != 0) {
      usage();
    }
    return options;
  }

  private static void usage() {
    System.err.println("usage: simulate --minutes N [--seed S] [--threads T] | --replay SEED");
    System.exit(2);
  }

  private boolean run(long threads) throws InterruptedException {
    List<Thread> workers = new ArrayList<>();
    for (long i = 0; i < threads; i++) {
      workers.add(new Thread(this::work, "simulation-" + i));
      workers.get(workers.size() - 1).start();
    }
    for (Thread worker : workers) {
      worker.join();
    }
    System.out.printf(
        "%d seeds, %.1f simulated hours: %s%n",
        seeds, simulatedNanos / 3.6e12, failed.get() ? "FAILED" : "no violation");
    System.out.println(counts);
    if (!counts.never().isEmpty()) {
      System.out.println("never happened: " + counts.never());
    }
    return !failed.get();
  }

  private void work() {
    while (!failed.get() && System.nanoTime() - endNanos < 0) {
      long seed = nextSeed.getAndIncrement();
      try {
        NodeSimulation.Result result = NodeSimulation.run(seed, null);
        ran(result);
      } catch (Violation e) {
        if (failed.compareAndSet(false, true)) {
          replay(seed, MAX_TRACE_LINES);
        }
      }
    }
  }

  private synchronized void ran(NodeSimulation.Result result) {
    seeds++;
    simulatedNanos += result.simulatedNanos();
    counts.add(result.counts());
    if (seeds % 1_000 == 0) {
      System.out.printf("%d seeds, %.1f simulated hours%n", seeds, simulatedNanos / 3.6e12);
    }
  }

  /** What is wrong in a seed, null if nothing is. */
  public static String violation(long seed) {
    try {
      NodeSimulation.run(seed, null);
      return null;
    } catch (Violation e) {
      return e.getMessage();
    }
  }

  /** Runs a seed again and prints the end of what happens; true if nothing is wrong. */
  static boolean replay(long seed, int lines) {
    List<String> trace = new ArrayList<>();
    try {
      NodeSimulation.Result result =
          NodeSimulation.run(
              seed,
              line -> {
                trace.add(line);
                if (trace.size() > 2L * lines) {
                  trace.subList(0, trace.size() - lines).clear();
                }
              });
      trace.forEach(System.out::println);
      System.out.printf("seed %d: no violation, %s%n", seed, result);
      return true;
    } catch (Violation e) {
      trace.subList(Math.max(0, trace.size() - lines), trace.size()).forEach(System.out::println);
      System.out.printf(
          "seed %d fails: %s%nreplay: bin/simulate --replay %d%n", seed, e.getMessage(), seed);
      e.printStackTrace(System.out);
      return false;
    }
  }
}
