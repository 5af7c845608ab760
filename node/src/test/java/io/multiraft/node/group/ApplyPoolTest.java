package io.multiraft.node.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Workers that are kept by one task do not keep the others from theirs, up to a limit. */
class ApplyPoolTest {
  private static final long STUCK_NANOS = 1;
  private static final int MAX_REPLACEMENTS = 3;

  private final List<Throwable> fatal = new ArrayList<>();

  private static void await(Semaphore semaphore, int permits) throws InterruptedException {
    assertThat(semaphore.tryAcquire(permits, 60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void stuckWorkersAreReplacedUpToTheLimitAndEndWhenTheyComeBack() throws Exception {
    try (ApplyPool pool = new ApplyPool(2, MAX_REPLACEMENTS, STUCK_NANOS, fatal::add)) {
      CountDownLatch release = new CountDownLatch(1);
      Semaphore blocked = new Semaphore(0);
      Semaphore done = new Semaphore(0);
      int blockers = 2 + MAX_REPLACEMENTS;
      for (int i = 0; i < blockers; i++) {
        pool.execute(
            () -> {
              blocked.release();
              try {
                release.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
      }
      pool.execute(done::release);
      await(blocked, 2);
      pool.replaceStuck(Long.MAX_VALUE / 2);
      await(blocked, 2);
      pool.replaceStuck(Long.MAX_VALUE / 2);
      await(blocked, 1);
      assertThat(pool.replacedWorkers()).isEqualTo(MAX_REPLACEMENTS);
      pool.replaceStuck(Long.MAX_VALUE / 2);
      assertThat(pool.replacedWorkers()).as("the limit").isEqualTo(MAX_REPLACEMENTS);
      assertThat(done.availablePermits()).as("nobody is left for the next task").isZero();

      release.countDown();
      await(done, 1);
      Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> pool.replacedWorkers() == 0);
      pool.execute(done::release);
      await(done, 1);
      assertThat(fatal).isEmpty();
    }
  }

  @Test
  void whatATaskLetsThroughEndsTheProcess() {
    Semaphore told = new Semaphore(0);
    OutOfMemoryError error = new OutOfMemoryError("as a state machine would");
    List<Throwable> seen = new ArrayList<>();
    try (ApplyPool pool =
        new ApplyPool(
            1,
            0,
            STUCK_NANOS,
            thrown -> {
              seen.add(thrown);
              told.release();
            })) {
      pool.execute(
          () -> {
            throw error;
          });
      assertThat(told.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
      assertThat(seen).containsExactly(error);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
