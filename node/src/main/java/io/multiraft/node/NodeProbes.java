package io.multiraft.node;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.multiraft.node.api.admin.Probes;
import io.multiraft.node.group.GroupHost;
import io.multiraft.node.log.NodeLog;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Health of a node. Alive: loops turn and no sync hangs. Ready: every group that was here at the
 * start has caught up, failed or has no leader, once; then until the node shuts down.
 */
final class NodeProbes implements Probes {
  private static final long MAX_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long STARTUP_CATCH_UP_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final GroupHost groups;
  private final NodeLog log;
  private final PrometheusMeterRegistry registry;
  private final Set<Integer> catchingUp = new HashSet<>();
  private final long startedNanos = System.nanoTime();
  private boolean shuttingDown;

  NodeProbes(GroupHost groups, NodeLog log, PrometheusMeterRegistry registry) {
    this.groups = groups;
    this.log = log;
    this.registry = registry;
    groups.manager().statuses().forEach(status -> catchingUp.add(status.groupId()));
  }

  @Override
  public Optional<String> whyNotAlive() {
    long loopSilence = groups.longestLoopSilenceNanos();
    if (loopSilence > MAX_SILENCE_NANOS) {
      return Optional.of("an event loop has not turned for " + seconds(loopSilence));
    }
    long sync = log.syncUnderWayNanos();
    if (sync > MAX_SILENCE_NANOS) {
      return Optional.of("a sync of the log has been under way for " + seconds(sync));
    }
    return Optional.empty();
  }

  @Override
  public synchronized Optional<String> whyNotReady() {
    if (shuttingDown) {
      return Optional.of("shutting down");
    }
    if (catchingUp.isEmpty()) {
      return Optional.empty();
    }
    if (System.nanoTime() - startedNanos > STARTUP_CATCH_UP_TIMEOUT_NANOS) {
      catchingUp.clear();
      return Optional.empty();
    }
    List<GroupStatus> statuses = groups.manager().statuses();
    catchingUp.retainAll(statuses.stream().map(GroupStatus::groupId).toList());
    statuses.stream()
        .filter(
            status ->
                status.caughtUp()
                    || status.state() == GroupStatus.State.FAILED
                    || (status.leaderServerId().isEmpty() && hasWaitedForLeader()))
        .forEach(status -> catchingUp.remove(status.groupId()));
    return catchingUp.isEmpty()
        ? Optional.empty()
        : Optional.of(catchingUp.size() + " groups are catching up");
  }

  /** At the very start nobody has a leader yet; that is not the same as having none. */
  private boolean hasWaitedForLeader() {
    return System.nanoTime() - startedNanos > TimeUnit.SECONDS.toNanos(5);
  }

  synchronized void shuttingDown() {
    shuttingDown = true;
  }

  @Override
  public String metrics() {
    return registry.scrape();
  }

  private static String seconds(long nanos) {
    return TimeUnit.NANOSECONDS.toSeconds(nanos) + " s";
  }
}
