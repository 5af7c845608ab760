package io.multiraft.node.raft;

import io.multiraft.node.raft.SimCounts.What;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * A group in a world that loses, delays, repeats and reorders messages, cuts and heals links,
 * crashes members with loss of what was not durable, loses disks, changes members, takes and sends
 * snapshots, and whose clocks drift; all of it determined by a seed. After every event the {@link
 * SafetyChecker} looks at what has changed.
 */
final class Simulation {
  private static final long MILLI = SimProfile.MILLI;
  private static final long CHAOS_NANOS = 4_500 * MILLI;
  private static final long HEAL_NANOS = 3_000 * MILLI;
  private static final long MAX_IDLE_NANOS = 800 * MILLI;

  private final SimWorld world;
  private final RandomGenerator random;
  private final SimProfile profile;
  private final SimRuntime runtime;
  private final SimOperator operator;
  private long nextId = 1;

  /**
   * Builds the world of a seed.
   *
   * @param trace takes a line for each thing that happens, null for none
   */
  Simulation(long seed, Consumer<String> trace) {
    world = new SimWorld(seed, trace);
    random = world.random();
    profile = world.profile();
    int size = profile.members() + (profile.learner() ? 1 : 0);
    ClusterConfig founders =
        ClusterConfig.initial(IntStream.rangeClosed(1, size).mapToObj(this::server).toList());
    world.checker().founded(founders);
    runtime = new SimRuntime(world, founders);
    operator = new SimOperator(world, runtime);
    for (int id = 1; id <= size; id++) {
      runtime.start(world.add(id));
    }
  }

  private ServerConfig server(int id) {
    boolean learner = id > profile.members();
    boolean old = profile.oldPeer() && id == 1;
    String aux = old ? "" : new NodeRef(id, new UUID(0, id)).toAux();
    int priority = profile.priorities() ? random.nextInt(3) * 10 + (id == 2 ? 1 : 0) : 1;
    return new ServerConfig(id, 0, "host-" + id + ":1", aux, learner, false, priority);
  }

  SimCounts run() {
    repeat(profile.meanFaultNanos(), this::fault);
    world.clock().after(random.nextLong(profile.meanRequestNanos()), this::request);
    if (profile.membershipChanges()) {
      repeat(100 * MILLI, operator::step);
    }
    if (profile.snapshots()) {
      repeat(60 * MILLI, () -> runtime.snapshots().take(world.randomMember()));
      repeat(100 * MILLI, runtime.snapshots()::sendUnasked);
    }
    runFor(CHAOS_NANOS);
    heal();
    runFor(HEAL_NANOS);
    checkAlive();
    SimCounts counts = world.counts();
    counts.add(What.COMMITTED, world.checker().committed());
    counts.add(What.CHANGE_COMMITTED, world.checker().changes());
    counts.add(What.REIGN, world.checker().reigns());
    counts.add(What.REIGN_OF_LAST_RESORT, world.checker().reignsOfLastResort());
    counts.add(What.TRUNCATION, world.checker().truncations());
    return counts;
  }

  /** Until the world is healed. */
  private void repeat(long meanNanos, Runnable action) {
    world
        .clock()
        .after(
            random.nextLong(2 * meanNanos),
            () -> {
              if (!world.isHealed()) {
                action.run();
                repeat(meanNanos, action);
              }
            });
  }

  private void runFor(long nanos) {
    world
        .clock()
        .runFor(
            nanos,
            () -> {
              world.count(What.EVENT);
              world.members().forEach(world.checker()::checkLeaderCompleteness);
            });
  }

  private void fault() {
    SimMember member = world.randomMember();
    SimMember resting = world.leader();
    if (resting != null && resting.core().isQuiet() && world.chance(60)) {
      member = resting;
    }
    fault(member);
  }

  private void fault(SimMember member) {
    int other = world.randomMember().id();
    switch (random.nextInt(15)) {
      case 0, 11 -> runtime.crash(member, member.life());
      case 1, 2 -> member.crashAtNextWrite();
      case 3 -> runtime.network().cutOneWay(member.id(), other);
      case 4 -> runtime.network().cutOff(member.id(), other);
      case 5, 6, 7 -> runtime.network().mendAll();
      case 8, 9 -> pause(member);
      case 10 -> {
        if (profile.membershipChanges()) {
          operator.loseDisk(member);
        }
      }
      case 12 -> runtime.fail(member);
      default -> transfer(member);
    }
  }

  /** The whole process stands still for a while. */
  private void pause(SimMember member) {
    world.count(What.PAUSE);
    long nanos = random.nextLong(6 * profile.raftConfig().electionTimeoutNanos());
    world.say(() -> "%d stands still for %d ms".formatted(member.id(), nanos / MILLI));
    member.pauseUntil(world.clock().elapsedNanos() + nanos);
  }

  private void transfer(SimMember member) {
    if (member.isUp()) {
      int target =
          member.core().role() == Role.LEADER
              ? random.nextBoolean() ? 0 : world.randomMember().id()
              : member.id();
      world.say(() -> member.id() + " is asked to transfer to " + target);
      runtime.input(
          member,
          (core, now) -> {
            if (core.transferLeadership(target, now)) {
              world.count(What.TRANSFER_ASKED);
            }
          });
    }
  }

  private void heal() {
    world.heal();
    runtime.network().mendAll();
    world.members().forEach(runtime::restart);
  }

  private void request() {
    SimMember member = world.randomMember();
    SimMember leader = world.leader();
    if (leader != null && world.chance(60)) {
      member = leader;
    }
    if (member.isUp()) {
      if (world.chance(30)) {
        runtime.read(member, nextId++);
      } else {
        propose(member, world.chance(10) ? 40 : 1 + random.nextInt(4));
      }
    }
    if (!world.isHealed()) {
      boolean longPause = world.chance(profile.longPausePercent());
      long maxNanos = longPause ? MAX_IDLE_NANOS : 2 * profile.meanRequestNanos();
      world.clock().after(random.nextLong(maxNanos), this::request);
    }
  }

  private void propose(SimMember member, int commands) {
    List<LogEntry> entries = new ArrayList<>();
    for (int i = 0; i < commands; i++) {
      entries.add(SimLog.command(nextId++));
    }
    runtime.input(
        member,
        (core, now) -> {
          Proposal proposal = core.propose(entries, now);
          world.say(
              () -> "%d is proposed %d commands: %s".formatted(member.id(), commands, proposal));
          world.count(
              proposal instanceof Proposal.Appended
                  ? What.PROPOSED
                  : proposal instanceof Proposal.Overloaded ? What.OVERLOADED : What.NOT_LEADER);
        });
  }

  /** In a healed world somebody leads and goes on leading, commits, and all members follow. */
  private void checkAlive() {
    SimMember leader = world.leader();
    SafetyChecker.require(leader != null, "nobody leads a healed group");
    long term = leader.core().term();
    runtime.forgetReads();
    propose(leader, 1);
    List<SimMember> followers = new ArrayList<>();
    for (ServerConfig server : leader.core().config().servers()) {
      if (!world.member(server.serverId()).isDestroyed()) {
        followers.add(world.member(server.serverId()));
      }
    }
    followers.forEach(member -> runtime.read(member, nextId++));
    long expected = leader.log().lastIndex();
    long failedBefore = world.counts().get(What.READ_FAILED);
    runFor(1_000 * MILLI);
    for (SimMember member : followers) {
      SafetyChecker.require(
          member.core().commitIndex() >= expected,
          "server %d has committed %d of %d in a healed group",
          member.id(),
          member.core().commitIndex(),
          expected);
      SafetyChecker.require(
          member.unanswered() <= 2 * followers.size(),
          "server %d leaves requests unanswered",
          member.id());
    }
    SafetyChecker.require(!runtime.hasOpenReads(), "reads are never answered");
    SafetyChecker.require(
        profile.oldPeer() || world.counts().get(What.READ_FAILED) == failedBefore,
        "reads fail in a healed group");
    SafetyChecker.require(
        leader.core().role() == Role.LEADER && leader.core().term() == term,
        "a healed group is disturbed: its leader of term %d lost it",
        term);
  }
}
