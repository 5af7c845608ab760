package io.multiraft.node.raft;

import io.multiraft.node.raft.SimCounts.What;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** What all parts of a simulation share. All that happens in it follows from the seed. */
final class SimWorld {
  /** So many server ids a world may use up. */
  static final int MAX_SERVER_ID = 24;

  private final RandomGenerator random;
  private final Consumer<String> trace;
  private final SimProfile profile;
  private final SimCounts counts = new SimCounts();
  private final SafetyChecker checker = new SafetyChecker();
  private final SimClock clock = new SimClock();
  private final Map<Integer, SimMember> members = new TreeMap<>();
  private final List<SimMember> living = new ArrayList<>();
  private boolean healed;

  SimWorld(long seed, Consumer<String> trace) {
    this.trace = trace;
    random = new SplittableRandom(seed);
    profile = SimProfile.of(random);
    say(() -> "seed " + seed + ", " + profile);
  }

  RandomGenerator random() {
    return random;
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  SimProfile profile() {
    return profile;
  }

  SimCounts counts() {
    return counts;
  }

  void count(What what) {
    counts.add(what);
  }

  SafetyChecker checker() {
    return checker;
  }

  SimClock clock() {
    return clock;
  }

  /** A new member with an empty disk; its clock drifts as much as clocks do here. */
  SimMember add(int id) {
    int drift = profile.clockDriftPercent();
    int rate = 100 + (drift == 0 ? 0 : random.nextInt(-drift, drift + 1));
    SimMember member = new SimMember(id, rate);
    members.put(id, member);
    living.add(member);
    return member;
  }

  /** Its disk is lost. */
  void destroy(SimMember member) {
    member.destroyed();
    living.remove(member);
  }

  SimMember member(int id) {
    return members.get(id);
  }

  /** Every member that ever was and whose disk is not lost. */
  List<SimMember> members() {
    return living;
  }

  SimMember randomMember() {
    return living.get(random.nextInt(living.size()));
  }

  /** Any member that believes to lead, null if none does. */
  SimMember leader() {
    List<SimMember> leaders = new ArrayList<>();
    for (SimMember member : living) {
      if (member.isUp() && member.core().role() == Role.LEADER) {
        leaders.add(member);
      }
    }
    return leaders.isEmpty() ? null : leaders.get(random.nextInt(leaders.size()));
  }

  /** From now on there are no faults. */
  void heal() {
    healed = true;
  }

  boolean isHealed() {
    return healed;
  }

  void say(Supplier<String> line) {
    if (trace != null) {
      trace.accept("%9.3f ms  %s".formatted(clock.elapsedNanos() / 1e6, line.get()));
    }
  }
}
