package io.multiraft.node.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.log.GroupLog;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whose turn it is. */
class GroupLoopTest {
  private final EventLoop netty = new DefaultEventLoop();
  private final GroupLoop loop = new GroupLoop(netty, null, TimeUnit.MILLISECONDS.toNanos(100));

  @AfterEach
  void stop() {
    netty.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** Has nothing to make durable. */
  private class Member implements LoopMember {
    final Inbox inbox = new Inbox();
    final AtomicInteger collected = new AtomicInteger();
    volatile Throwable crash;

    @Override
    public Inbox inbox() {
      return inbox;
    }

    @Override
    public long collect() {
      collected.incrementAndGet();
      return 0;
    }

    @Override
    public GroupLog log() {
      throw new AssertionError("nothing is made durable here");
    }

    @Override
    public void durable(long sequence) {
      throw new AssertionError("nothing is made durable here");
    }

    @Override
    public boolean expire(long nowNanos) {
      return false;
    }

    @Override
    public void crashed(Throwable cause) {
      crash = cause;
    }
  }

  @Test
  void aGroupThatIsNeverDoneStarvesNobody() throws Exception {
    CountDownLatch others = new CountDownLatch(1_000);
    Member busy = new Member();
    loop.execute(busy, () -> again(busy, others));
    for (int i = 0; i < 1_000; i++) {
      Member other = new Member();
      loop.execute(other, others::countDown);
    }
    assertThat(others.await(60, TimeUnit.SECONDS)).isTrue();
  }

  /** There is always another action in its inbox, until all others had their turn. */
  private void again(Member busy, CountDownLatch until) {
    if (until.getCount() > 0) {
      loop.execute(busy, () -> again(busy, until));
    }
  }

  @Test
  void aSlowGroupIsCutIntoSlicesWhichAreCounted() throws Exception {
    List<String> order = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(4);
    Member slow = new Member();
    Member quick = new Member();
    netty
        .submit(
            () -> {
              for (int i = 0; i < 3; i++) {
                loop.execute(
                    slow,
                    () -> {
                      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
                      order.add("slow");
                      done.countDown();
                    });
              }
              loop.execute(
                  quick,
                  () -> {
                    order.add("quick");
                    done.countDown();
                  });
            })
        .sync();
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(order).containsExactly("slow", "quick", "slow", "slow");
    netty.submit(() -> {}).sync();
    assertThat(loop.longSlices()).isGreaterThanOrEqualTo(3);
  }

  @Test
  void actionsOfAGroupKeepTheirOrderFromManyThreads() throws Exception {
    Member member = new Member();
    int threads = 4;
    int each = 5_000;
    ConcurrentLinkedQueue<int[]> seen = new ConcurrentLinkedQueue<>();
    CountDownLatch done = new CountDownLatch(threads * each);
    List<Thread> all = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int thread = t;
      all.add(
          new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  int number = i;
                  loop.execute(
                      member,
                      () -> {
                        seen.add(new int[] {thread, number});
                        done.countDown();
                      });
                }
              }));
    }
    all.forEach(Thread::start);
    assertThat(done.await(60, TimeUnit.SECONDS)).as("no action is left behind").isTrue();
    int[] next = new int[threads];
    for (int[] one : seen) {
      assertThat(one[1]).isEqualTo(next[one[0]]++);
    }
  }

  @Test
  void aMemberThatThrowsIsToldSoAndTheOthersGoOn() throws Exception {
    Member broken = new Member();
    Member well = new Member();
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(
        broken,
        () -> {
          throw new IllegalStateException("asked to throw");
        });
    loop.execute(well, done::countDown);
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(broken.crash).hasMessage("asked to throw");
    assertThat(well.crash).isNull();
  }

  @Test
  void aTimerThatThrowsStopsNoOther() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    netty
        .submit(
            () -> {
              long now = loop.nanoTime();
              DeadlineTimer broken =
                  new DeadlineTimer(
                      loop.timers(),
                      at -> {
                        throw new IllegalStateException("asked to throw");
                      });
              broken.set(now);
              new DeadlineTimer(loop.timers(), at -> done.countDown())
                  .set(now + TimeUnit.MILLISECONDS.toNanos(1));
            })
        .sync();
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aWaitThatThrowsStopsNoOtherAndTheLoopGoesOnToProveThatItTurns() throws Exception {
    CountDownLatch looked = new CountDownLatch(3);
    Member broken =
        new Member() {
          @Override
          public boolean expire(long nowNanos) {
            throw new IllegalStateException("asked to throw");
          }
        };
    Member well =
        new Member() {
          @Override
          public boolean expire(long nowNanos) {
            looked.countDown();
            return true;
          }
        };
    netty
        .submit(
            () -> {
              loop.markWaiting(broken);
              loop.markWaiting(well);
            })
        .sync();
    assertThat(looked.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(broken.crash).hasMessage("asked to throw");
  }

  @Test
  void timersOfManyGroupsFireTogetherAndOnlyTheLastSettingCounts() throws Exception {
    List<Long> fired = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(3);
    netty
        .submit(
            () -> {
              long now = loop.nanoTime();
              for (int i = 1; i <= 3; i++) {
                DeadlineTimer timer =
                    new DeadlineTimer(
                        loop.timers(),
                        at -> {
                          fired.add(at);
                          done.countDown();
                        });
                timer.set(now + TimeUnit.HOURS.toNanos(1));
                timer.set(now + TimeUnit.MILLISECONDS.toNanos(10 * i));
              }
              DeadlineTimer stopped =
                  new DeadlineTimer(loop.timers(), at -> fired.add(Long.MIN_VALUE));
              stopped.set(now + TimeUnit.MILLISECONDS.toNanos(10));
              stopped.stop();
            })
        .sync();
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    netty.submit(() -> {}).sync();
    assertThat(fired).hasSize(3).isSorted();
  }
}
