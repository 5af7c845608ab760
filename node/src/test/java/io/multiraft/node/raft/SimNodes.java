package io.multiraft.node.raft;

import io.multiraft.node.raft.SimCounts.What;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The nodes under the members, one each: they tell each other that they live, and learn who leads
 * nothing any more; what the runtime makes of it is told to the members.
 */
final class SimNodes {
  /** What one node knows of another: when it last heard of it, and which life that was. */
  private static final class Known {
    long heardNanos;
    long answeredNanos;
    int answeredBoot;
    boolean gone;
  }

  private record Pair(int here, int other) {}

  private final SimWorld world;
  private final SimRuntime runtime;
  private final SimClock clock;
  private final RaftConfig config;
  private final Map<Pair, Known> known = new HashMap<>();

  SimNodes(SimWorld world, SimRuntime runtime) {
    this.world = world;
    this.runtime = runtime;
    clock = world.clock();
    config = world.profile().raftConfig();
    clock.after(world.random().nextLong(config.heartbeatNanos()), this::heartbeats);
  }

  /** A member starts: it has heard everybody just now. */
  void started(SimMember member) {
    known.forEach(
        (pair, what) -> {
          if (pair.here == member.id()) {
            what.heardNanos = clock.elapsedNanos();
            what.answeredNanos = clock.elapsedNanos();
            what.gone = false;
          }
        });
  }

  /** Counts what an input did to a member's rest. */
  void count(SimMember member, boolean quietBefore) {
    boolean leads = member.core().role() == Role.LEADER;
    if (member.core().isQuiet() && !quietBefore) {
      world.say(() -> member.id() + " rests");
      world.count(leads ? What.LEADER_RESTS : What.FOLLOWER_RESTS);
      if (leads
          && known.entrySet().stream()
              .anyMatch(k -> k.getKey().here == member.id() && k.getValue().gone)) {
        world.count(What.LEADER_RESTS_WITHOUT_SOME);
      }
    } else if (quietBefore && !member.core().isQuiet()) {
      world.say(() -> member.id() + " wakes");
      world.count(What.WOKEN);
    }
  }

  private void heartbeats() {
    List<SimMember> all = List.copyOf(world.members());
    for (SimMember from : all) {
      for (SimMember to : all) {
        if (from != to) {
          if (isRunning(from)) {
            heartbeat(from, to);
          }
          judge(from, to);
        }
      }
    }
    clock.after(config.heartbeatNanos(), this::heartbeats);
  }

  private boolean isRunning(SimMember member) {
    return member.isNodeUp()
        && (world.isHealed() || member.pausedUntilNanos() <= clock.elapsedNanos());
  }

  private void heartbeat(SimMember from, SimMember to) {
    int boot = from.boot();
    boolean leads = from.isUp() && from.core().role() == Role.LEADER;
    long term = leads ? from.core().term() : 0;
    runtime
        .network()
        .carry(
            from.id(),
            to.id(),
            () -> {
              if (isRunning(to)) {
                heard(from, to, boot, term);
              }
            });
  }

  /** Of a node that was started {@code boot} times and leads this term, or none. */
  private void heard(SimMember from, SimMember to, int boot, long term) {
    known(to.id(), from.id()).heardNanos = clock.elapsedNanos();
    if (restsUnder(to, from) && boot != to.restsUnderBoot()) {
      leaderGone(to, What.WOKEN_BY_RESTART);
    } else if (restsUnder(to, from) && term != to.core().term()) {
      leaderGone(to, What.WOKEN_BY_CHECK);
    }
    int toBoot = to.boot();
    runtime.network().carry(to.id(), from.id(), () -> answered(from, to, toBoot));
  }

  private static boolean restsUnder(SimMember member, SimMember leader) {
    return member.isUp()
        && member.core().isQuiet()
        && member.core().leaderServerId() == leader.id();
  }

  private Known known(int here, int other) {
    return known.computeIfAbsent(new Pair(here, other), pair -> new Known());
  }

  private void answered(SimMember here, SimMember other, int boot) {
    Known answers = known(here.id(), other.id());
    answers.answeredNanos = clock.elapsedNanos();
    if (!isRunning(here)) {
      return;
    }
    if (answers.answeredBoot != boot || answers.gone) {
      answers.answeredBoot = boot;
      nodeAnswers(here, other, false);
      nodeAnswers(here, other, true);
    }
    answers.gone = false;
  }

  private void nodeAnswers(SimMember here, SimMember other, boolean answers) {
    runtime.input(here, (core, now) -> core.nodeAnswers(other.id(), answers, now));
  }

  /** What node {@code here} has to make of what it has not heard of the other. */
  private void judge(SimMember here, SimMember other) {
    if (!isRunning(here) || !here.isUp()) {
      return;
    }
    Known what = known(here.id(), other.id());
    long silentSince = clock.elapsedNanos() - config.electionTimeoutNanos();
    if (what.answeredNanos < silentSince) {
      what.gone = true;
      nodeAnswers(here, other, false);
    }
    if (restsUnder(here, other) && what.heardNanos < silentSince) {
      leaderGone(here, What.WOKEN_BY_SILENCE);
    }
  }

  private void leaderGone(SimMember member, What why) {
    if (member.core().isQuiet() && member.core().role() != Role.LEADER) {
      world.count(why);
      runtime.input(member, (core, now) -> core.leaderGone(now));
    }
  }
}
