package io.multiraft.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is written is counted, and what was lost, doubled or garbled is found. */
class WorkloadTest {
  private static final int GROUPS = 3;
  private static final int OUTSTANDING = 7;

  private final Store store = new Store();
  private final Workload workload = new Workload(store, GROUPS);

  /** A system without replicas, whose faults the tests choose. */
  private static final class Store implements Client {
    final Map<String, Stored> stored = new ConcurrentHashMap<>();
    final AtomicInteger underWay = new AtomicInteger();
    final AtomicInteger mostUnderWay = new AtomicInteger();
    final ExecutorService thread = Executors.newSingleThreadExecutor();
    volatile int failEach = Integer.MAX_VALUE;
    private int writes;

    @Override
    public void awaitLeader(int group) {
      // always there
    }

    @Override
    public void put(int group, byte[] key, byte[] value, Outcome outcome) {
      mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
      thread.execute(
          () -> {
            boolean fails = ++writes % failEach == 0;
            if (!fails) {
              stored.merge(
                  name(group, key),
                  new Stored(1, value),
                  (o, n) -> new Stored(o.version() + 1, n.value()));
            }
            underWay.decrementAndGet();
            outcome.done(fails ? new IOException("refused") : null);
          });
    }

    @Override
    public Stored get(int group, byte[] key) {
      return stored.getOrDefault(name(group, key), new Stored(0, new byte[0]));
    }

    private static String name(int group, byte[] key) {
      return group + "/" + new String(key);
    }

    @Override
    public void close() {
      thread.shutdownNow();
    }
  }

  @AfterEach
  void close() {
    workload.close();
    store.close();
  }

  @Test
  void everyWriteIsCountedAndFoundAgain() throws Exception {
    RoundResult first = workload.run(OUTSTANDING, 50);
    RoundResult second = workload.run(OUTSTANDING - 2, 50);

    long held = store.stored.values().stream().mapToLong(Client.Stored::version).sum();
    assertThat(first.writes() + second.writes()).isEqualTo(held).isGreaterThan(OUTSTANDING);
    assertThat(first.failures()).isZero();
    assertThat(store.mostUnderWay).hasValueLessThanOrEqualTo(OUTSTANDING);
    assertThat(store.stored).hasSize(OUTSTANDING);
    assertThat(workload.verify()).isEmpty();
  }

  @Test
  void aRefusedWriteIsAFailureAndItsKeyMayHaveEitherValue() throws Exception {
    store.failEach = 5;

    RoundResult round = workload.run(OUTSTANDING, 100);

    assertThat(round.failures()).isPositive();
    assertThat(workload.verify()).isEmpty();
  }

  @Test
  void aLostWriteIsFound() throws Exception {
    workload.run(OUTSTANDING, 50);
    store.stored.replaceAll((key, was) -> new Client.Stored(was.version() - 1, was.value()));

    assertThat(workload.verify()).hasSize(OUTSTANDING);
  }

  @Test
  void aWriteAppliedTwiceIsFound() throws Exception {
    workload.run(OUTSTANDING, 50);
    store.stored.replaceAll((key, was) -> new Client.Stored(was.version() + 1, was.value()));

    assertThat(workload.verify()).hasSize(OUTSTANDING);
  }

  @Test
  void aValueThatIsNotWhatWasWrittenIsFound() throws Exception {
    workload.run(OUTSTANDING, 50);
    store.stored.values().forEach(was -> was.value()[Workload.VALUE_BYTES - 1]++);

    assertThat(workload.verify()).hasSize(OUTSTANDING);
  }
}
