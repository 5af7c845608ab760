package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.TakeoverRequest;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import io.multiraft.node.raft.SimCounts.What;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Links between members that lose, repeat, delay and reorder, and that can be cut. */
final class SimNetwork {
  /** The members at the ends of the links. */
  interface Ends {
    void arrived(int from, int to, RaftMessage message);

    /** What one life of a member sent to another did not get there, and it is told so. */
    void reportedLost(int from, int life, int to);
  }

  private final RandomGenerator random;
  private final SimProfile profile;
  private final SimClock clock;
  private final SimCounts counts;
  private final Consumer<Supplier<String>> trace;
  private final Ends ends;
  private final boolean[][] cut;
  private boolean healed;

  SimNetwork(
      int members,
      RandomGenerator random,
      SimProfile profile,
      SimClock clock,
      SimCounts counts,
      Consumer<Supplier<String>> trace,
      Ends ends) {
    this.random = random;
    this.profile = profile;
    this.clock = clock;
    this.counts = counts;
    this.trace = trace;
    this.ends = ends;
    cut = new boolean[members + 1][members + 1];
  }

  void send(int from, int life, int to, RaftMessage message) {
    count(message);
    boolean lost = cut[from][to] || (!healed && chance(profile.lossPercent()));
    trace.accept(() -> "%d -> %d %s%s".formatted(from, to, message, lost ? " (lost)" : ""));
    if (lost) {
      counts.add(What.LOST);
      if (message instanceof RaftMessage.Request && chance(profile.lossReportedPercent())) {
        clock.after(
            random.nextLong(profile.maxDelayNanos()), () -> ends.reportedLost(from, life, to));
      }
      return;
    }
    deliver(from, to, message);
    if (!healed && chance(profile.duplicatePercent())) {
      counts.add(What.DUPLICATED);
      deliver(from, to, message);
    }
  }

  /** Carries what is no message of the group, over the same links. */
  void carry(int from, int to, Runnable arrival) {
    if (!cut[from][to] && (healed || !chance(profile.lossPercent()))) {
      clock.after(random.nextLong(profile.maxDelayNanos()), arrival);
    }
  }

  private void deliver(int from, int to, RaftMessage message) {
    long delay = random.nextLong(profile.maxDelayNanos());
    if (!healed && chance(profile.lateMessagePercent())) {
      counts.add(What.LATE);
      delay += random.nextLong(profile.maxLateNanos());
    }
    clock.after(delay, () -> ends.arrived(from, to, message));
  }

  private void count(RaftMessage message) {
    if (message instanceof VoteRequest request && request.forced()) {
      counts.add(What.FORCED_VOTE);
    } else if (message instanceof TakeoverRequest) {
      counts.add(What.TAKEOVER);
    } else if (message instanceof AppendResponse response && !response.accepted()) {
      counts.add(What.REJECTED_APPEND);
    }
  }

  void cutOneWay(int from, int to) {
    counts.add(What.ONE_WAY_PARTITION);
    trace.accept(() -> "nothing passes from " + from + " to " + to);
    cut[from][to] = true;
  }

  /** Two members, or one, hear nothing of the rest and the rest nothing of them. */
  void cutOff(int first, int second) {
    counts.add(What.TWO_WAY_PARTITION);
    trace.accept(() -> "servers " + first + " and " + second + " are cut off from the rest");
    for (int other = 1; other < cut.length; other++) {
      boolean outside = other != first && other != second;
      cut[first][other] |= outside;
      cut[other][first] |= outside;
      cut[second][other] |= outside;
      cut[other][second] |= outside;
    }
  }

  void mendAll() {
    trace.accept(() -> "all links are mended");
    for (boolean[] row : cut) {
      Arrays.fill(row, false);
    }
  }

  /** From now on nothing is lost, repeated or late. */
  void heal() {
    mendAll();
    healed = true;
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }
}
