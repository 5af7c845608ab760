package io.multiraft.node.raft;

import io.multiraft.node.raft.RaftMessage.AppendResponse;
import io.multiraft.node.raft.RaftMessage.TakeoverRequest;
import io.multiraft.node.raft.RaftMessage.VoteRequest;
import io.multiraft.node.raft.SimCounts.What;
import java.util.Arrays;

/** Links between members that lose, repeat, delay and reorder, and that can be cut. */
final class SimNetwork {
  /** The members at the ends of the links. */
  interface Ends {
    void arrived(int from, int to, RaftMessage message);

    /** What one life of a member sent to another did not get there, and it is told so. */
    void reportedLost(int from, int life, int to);
  }

  private final SimWorld world;
  private final SimProfile profile;
  private final SimClock clock;
  private final Ends ends;
  private final boolean[][] cut =
      new boolean[SimWorld.MAX_SERVER_ID + 1][SimWorld.MAX_SERVER_ID + 1];

  SimNetwork(SimWorld world, Ends ends) {
    this.world = world;
    this.ends = ends;
    profile = world.profile();
    clock = world.clock();
  }

  /** Whether what is sent now does not arrive. */
  boolean loses(int from, int to) {
    return cut[from][to] || (!world.isHealed() && world.chance(profile.lossPercent()));
  }

  /** How long what is sent now is on its way, if it is not late. */
  long delayNanos() {
    return world.random().nextLong(profile.maxDelayNanos());
  }

  void send(int from, int life, int to, RaftMessage message) {
    count(message);
    boolean lost = loses(from, to);
    world.say(() -> "%d -> %d %s%s".formatted(from, to, message, lost ? " (lost)" : ""));
    if (lost) {
      world.count(What.LOST);
      if (message instanceof RaftMessage.Request && world.chance(profile.lossReportedPercent())) {
        clock.after(delayNanos(), () -> ends.reportedLost(from, life, to));
      }
      return;
    }
    deliver(from, to, message);
    if (!world.isHealed() && world.chance(profile.duplicatePercent())) {
      world.count(What.DUPLICATED);
      deliver(from, to, message);
    }
  }

  /** Carries what is no message of the group, over the same links. */
  void carry(int from, int to, Runnable arrival) {
    if (!loses(from, to)) {
      clock.after(delayNanos(), arrival);
    }
  }

  private void deliver(int from, int to, RaftMessage message) {
    long delay = delayNanos();
    if (!world.isHealed() && world.chance(profile.lateMessagePercent())) {
      world.count(What.LATE);
      delay += world.random().nextLong(profile.maxLateNanos());
    }
    clock.after(delay, () -> ends.arrived(from, to, message));
  }

  private void count(RaftMessage message) {
    if (message instanceof VoteRequest request && request.forced()) {
      world.count(What.FORCED_VOTE);
    } else if (message instanceof TakeoverRequest) {
      world.count(What.TAKEOVER);
    } else if (message instanceof AppendResponse response && !response.accepted()) {
      world.count(What.REJECTED_APPEND);
    }
  }

  void cutOneWay(int from, int to) {
    world.count(What.ONE_WAY_PARTITION);
    world.say(() -> "nothing passes from " + from + " to " + to);
    cut[from][to] = true;
  }

  /** Two members, or one, hear nothing of the rest and the rest nothing of them. */
  void cutOff(int first, int second) {
    world.count(What.TWO_WAY_PARTITION);
    world.say(() -> "servers " + first + " and " + second + " are cut off from the rest");
    for (int other = 1; other < cut.length; other++) {
      boolean outside = other != first && other != second;
      cut[first][other] |= outside;
      cut[other][first] |= outside;
      cut[second][other] |= outside;
      cut[other][second] |= outside;
    }
  }

  void mendAll() {
    world.say(() -> "all links are mended");
    for (boolean[] row : cut) {
      Arrays.fill(row, false);
    }
  }
}
