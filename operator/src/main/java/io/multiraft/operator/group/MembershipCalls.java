package io.multiraft.operator.group;

import io.multiraft.operator.observe.AdminException;
import io.multiraft.operator.observe.ClusterKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps of membership that are under way: one for each group, and so many at once for each cluster,
 * so that a lost node with a thousand members does not become a thousand transfers at a time. After
 * a failure a group waits, each time longer. Thread-safe.
 */
final class MembershipCalls {
  private static final Logger log = LoggerFactory.getLogger(MembershipCalls.class);
  static final int MAX_UNDER_WAY = 16;
  private static final long FIRST_BACKOFF_MILLIS = 500;
  private static final long MAX_BACKOFF_MILLIS = 30_000;

  private record Failures(int count, long untilNanos) {}

  private final Consumer<GroupName> onAnswer;
  private final LongSupplier nanoClock;
  private final Map<GroupName, ClusterKey> underWay = new HashMap<>();
  private final Map<GroupName, Failures> failures = new HashMap<>();

  /**
   * @param onAnswer told when a group's step has its answer
   */
  MembershipCalls(Consumer<GroupName> onAnswer, LongSupplier nanoClock) {
    this.onAnswer = onAnswer;
    this.nanoClock = nanoClock;
  }

  /**
   * Starts a step, unless one of this group is under way, it has to wait, or too many are.
   *
   * @return after how long to look again; zero when it was started
   */
  Duration start(
      ClusterKey cluster, GroupName group, String what, Supplier<CompletableFuture<?>> call) {
    synchronized (this) {
      Failures before = failures.get(group);
      long waitNanos = before == null ? 0 : before.untilNanos() - nanoClock.getAsLong();
      if (waitNanos > 0) {
        return Duration.ofNanos(waitNanos);
      }
      long ofCluster = underWay.values().stream().filter(cluster::equals).count();
      if (underWay.containsKey(group) || ofCluster >= MAX_UNDER_WAY) {
        return Duration.ofSeconds(1);
      }
      underWay.put(group, cluster);
    }
    log.info("{}: {}", group, what);
    call.get().whenComplete((answer, failure) -> answered(group, what, failure));
    return Duration.ZERO;
  }

  private void answered(GroupName group, String what, Throwable failure) {
    synchronized (this) {
      underWay.remove(group);
      if (failure == null) {
        failures.remove(group);
      } else {
        int count = failures.containsKey(group) ? failures.get(group).count() + 1 : 1;
        long waitMillis =
            Math.min(FIRST_BACKOFF_MILLIS << Math.min(count - 1, 10), MAX_BACKOFF_MILLIS);
        failures.put(group, new Failures(count, nanoClock.getAsLong() + waitMillis * 1_000_000));
        log.info("{}: did not: {}: {}", group, what, AdminException.causeOf(failure).getMessage());
      }
    }
    onAnswer.accept(group);
  }

  /** Nothing is known any more of the group. */
  synchronized void forget(GroupName group) {
    failures.remove(group);
  }
}
