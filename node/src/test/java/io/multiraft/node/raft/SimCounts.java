package io.multiraft.node.raft;

import java.util.EnumMap;
import java.util.Map;

/** How often things happened, to be sure that they did. */
final class SimCounts {
  enum What {
    LOST,
    DUPLICATED,
    LATE,
    ONE_WAY_PARTITION,
    TWO_WAY_PARTITION,
    PAUSE,
    CRASH,
    CRASH_LOSING_WRITES,
    RESTART,
    DISK_LOST,
    SLOW_SYNC,
    SEVERAL_SYNCS_WAITING,
    TRANSFER_ASKED,
    FORCED_VOTE,
    TAKEOVER,
    READ_CONFIRMED,
    READ_CONFIRMED_BY_FOLLOWER,
    READ_CONFIRMED_BY_LEASE,
    READ_FAILED,
    PROPOSED,
    NOT_LEADER,
    OVERLOADED,
    COMMITTED,
    REIGN,
    REIGN_OF_LAST_RESORT,
    TRUNCATION,
    REJECTED_APPEND,
    STEPPED_DOWN_IN_TERM,
    LEADER_RESTS,
    LEADER_RESTS_WITHOUT_SOME,
    FOLLOWER_RESTS,
    WOKEN,
    WOKEN_BY_SILENCE,
    WOKEN_BY_RESTART,
    WOKEN_BY_CHECK,
    MEMBER_FAILS,
    SNAPSHOT_TAKEN,
    COMPACTION,
    SNAPSHOT_WANTED,
    SNAPSHOT_SENT,
    SNAPSHOT_FAILED,
    SNAPSHOT_REFUSED,
    SNAPSHOT_INSTALLED,
    SNAPSHOT_INSTALLED_LOG_KEPT,
    SNAPSHOT_NEWER_THAN_LOG_AT_START,
    LEARNER_ADDED,
    PROMOTED,
    DEMOTED,
    REMOVED,
    LEADER_REMOVED,
    PRIORITY_SET,
    CHANGE_COMMITTED,
    CHANGE_NOT_CAUGHT_UP,
    CHANGE_WOULD_LOSE_QUORUM,
    CHANGE_WHILE_OPEN,
    CHANGE_STALE,
    CHANGE_TOO_EARLY,
    EVENT
  }

  private final Map<What, Long> counts = new EnumMap<>(What.class);

  void add(What what) {
    add(what, 1);
  }

  void add(What what, long count) {
    counts.merge(what, count, Long::sum);
  }

  void add(SimCounts other) {
    other.counts.forEach(this::add);
  }

  long get(What what) {
    return counts.getOrDefault(what, 0L);
  }

  @Override
  public String toString() {
    return counts.toString();
  }
}
