package io.multiraft.bench.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A closed loop: each slot has one write under way at any time and its own key, so that the last
 * value and the number of writes of every key are known and can be checked.
 */
final class Workload implements AutoCloseable {
  static final int VALUE_BYTES = 256;
  private static final int RETRY_MILLIS = 20;
  private static final int DRAIN_SECONDS = 60;

  private final Client client;
  private final int groups;
  private final List<Slot> slots = new ArrayList<>();
  private final ScheduledExecutorService retries = Executors.newSingleThreadScheduledExecutor();
  private final AtomicReference<Throwable> lastFailure = new AtomicReference<>();
  private volatile Round round = new Round(0);

  /** One stretch of writing; the slots end on their own once it is over. */
  private static final class Round {
    final long endNanos;
    final List<Latencies> latencies = new ArrayList<>();
    volatile CountDownLatch running = new CountDownLatch(0);

    Round(long endNanos) {
      this.endNanos = endNanos;
    }
  }

  Workload(Client client, int groups) {
    this.client = client;
    this.groups = groups;
  }

  int groups() {
    return groups;
  }

  /** The last reason why a write failed, null if none did. */
  Throwable lastFailure() {
    return lastFailure.get();
  }

  /** Writes for a time with this many writes outstanding, spread evenly over the groups. */
  RoundResult run(int outstanding, long millis) throws InterruptedException {
    while (slots.size() < outstanding) {
      slots.add(new Slot(slots.size(), slots.size() % groups));
    }
    long start = System.nanoTime();
    Round next = new Round(start + TimeUnit.MILLISECONDS.toNanos(millis));
    next.running = new CountDownLatch(outstanding);
    round = next;
    for (Slot slot : slots.subList(0, outstanding)) {
      slot.begin(next);
    }
    if (!next.running.await(
        millis + TimeUnit.SECONDS.toMillis(DRAIN_SECONDS), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException(
          next.running.getCount() + " writes have no outcome after " + DRAIN_SECONDS + " s");
    }
    long nanos = System.nanoTime() - start;
    long failures = 0;
    Latencies all = new Latencies();
    for (Slot slot : slots.subList(0, outstanding)) {
      all.addAll(slot.latencies);
      failures += slot.failures;
    }
    return RoundResult.of(nanos, all, failures);
  }

  /**
   * Reads every key back.
   *
   * @return sentences about what is wrong; empty when all is right
   */
  List<String> verify() throws Exception {
    List<String> wrong = new ArrayList<>();
    for (Slot slot : slots) {
      slot.check(client.get(slot.group, slot.key)).ifPresent(wrong::add);
    }
    return wrong;
  }

  /** How many keys {@link #verify} reads. */
  int keys() {
    return slots.size();
  }

  @Override
  public void close() {
    retries.shutdownNow();
  }

  /** One write after the other. Its fields are handed from each outcome to the next write. */
  private final class Slot implements Client.Outcome {
    final int group;
    final byte[] key;
    private final byte[] filler = new byte[VALUE_BYTES];
    private long acknowledged;
    private long unknown;
    private long sequence;
    private long acknowledgedSequence;
    private long startNanos;
    private volatile Round in;
    Latencies latencies = new Latencies();
    long failures;

    Slot(int number, int group) {
      this.group = group;
      this.key = String.format("slot-%06d", number).getBytes(StandardCharsets.US_ASCII);
      new Random(number).nextBytes(filler);
    }

    void begin(Round round) {
      latencies = new Latencies();
      failures = 0;
      in = round;
      write();
    }

    private void write() {
      byte[] value = filler.clone();
      ByteBuffer.wrap(value).putLong(0, ++sequence);
      startNanos = System.nanoTime();
      client.put(group, key, value, this);
    }

    @Override
    public void done(Throwable failure) {
      long now = System.nanoTime();
      if (failure == null) {
        acknowledged++;
        acknowledgedSequence = sequence;
        latencies.add(now - startNanos);
      } else {
        unknown++;
        failures++;
        lastFailure.set(failure);
      }
      if (now >= in.endNanos) {
        in.running.countDown();
      } else if (failure == null) {
        write();
      } else {
        retries.schedule(this::write, RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
    }

    java.util.Optional<String> check(Client.Stored stored) {
      boolean versionFits =
          stored.version() >= acknowledged && stored.version() <= acknowledged + unknown;
      byte[] value = stored.value();
      boolean valueFits =
          value.length == VALUE_BYTES
              && ByteBuffer.wrap(value).getLong(0) >= acknowledgedSequence
              && ByteBuffer.wrap(value).getLong(0) <= sequence
              && java.util.Arrays.equals(value, 8, VALUE_BYTES, filler, 8, VALUE_BYTES);
      return versionFits && valueFits
          ? java.util.Optional.empty()
          : java.util.Optional.of(
              "group %d key %s: %d writes acknowledged and %d unknown, version %d with %d bytes"
                  .formatted(
                      group,
                      new String(key, StandardCharsets.US_ASCII),
                      acknowledged,
                      unknown,
                      stored.version(),
                      value.length));
    }
  }
}
