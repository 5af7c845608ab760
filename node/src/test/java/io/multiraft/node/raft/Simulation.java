package io.multiraft.node.raft;

import io.multiraft.node.raft.SimCounts.What;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * A group of members in a world that loses, delays, repeats and reorders messages, cuts and heals
 * links, and crashes members with loss of what was not durable; all of it determined by a seed.
 * After every event the {@link SafetyChecker} looks at what has changed.
 */
final class Simulation implements SimNetwork.Ends {
  private static final long MILLI = SimProfile.MILLI;
  private static final long CHAOS_NANOS = 5_000 * MILLI;
  private static final long HEAL_NANOS = 3_000 * MILLI;
  private static final long MAX_IDLE_NANOS = 800 * MILLI;

  private static final RaftConfig CONFIG =
      new RaftConfig(
              Duration.ofMillis(100).toNanos(),
              Duration.ofMillis(20).toNanos(),
              8,
              400,
              128,
              10,
              3_000,
              40,
              20,
              400)
          .withQuiescenceAfter(Duration.ofMillis(150));

  /** What one node knows of another: when it last heard of it, and which life that was. */
  private static final class Known {
    long heardNanos;
    long answeredNanos;
    int answeredBoot;
    boolean gone;
  }

  private record Pair(int here, int other) {}

  private record Read(long committedWhenCalled, int serverId) {}

  private final RandomGenerator random;
  private final SimProfile profile;
  private final Consumer<String> trace;
  private final SimCounts counts = new SimCounts();
  private final SafetyChecker checker = new SafetyChecker();
  private final SimClock clock = new SimClock();
  private final Map<Integer, SimMember> members = new HashMap<>();
  private final Map<Integer, Long> tickNanos = new HashMap<>();
  private final Map<Long, Read> reads = new HashMap<>();
  private final ClusterConfig config;
  private final Set<Integer> crashingAtNextWrite = new HashSet<>();
  private final Map<Integer, Long> pausedUntilNanos = new HashMap<>();
  private final Map<Pair, Known> known = new HashMap<>();
  private final SimNetwork network;
  private long nextId = 1;
  private boolean healed;

  /**
   * Builds the world of a seed.
   *
   * @param trace takes a line for each thing that happens, null for none
   */
  Simulation(long seed, Consumer<String> trace) {
    this.random = new SplittableRandom(seed);
    this.trace = trace;
    profile = SimProfile.of(random);
    int size = profile.members() + (profile.learner() ? 1 : 0);
    config = ClusterConfig.initial(IntStream.rangeClosed(1, size).mapToObj(this::server).toList());
    network = new SimNetwork(size, random, profile, clock, counts, this::say, this);
    say(() -> "seed " + seed + ", " + profile);
    for (int id = 1; id <= size; id++) {
      members.put(id, new SimMember(id));
      start(id);
    }
  }

  private ServerConfig server(int id) {
    boolean learner = id > profile.members();
    boolean old = profile.oldPeer() && id == 1;
    String aux = old ? "" : new NodeRef(id, new UUID(0, id)).toAux();
    int priority = profile.priorities() ? random.nextInt(4) * 10 + (id == 2 ? 1 : 0) : 1;
    return new ServerConfig(id, 0, "host-" + id + ":1", aux, learner, false, priority);
  }

  SimCounts run() {
    clock.after(random.nextLong(profile.meanFaultNanos()), this::fault);
    clock.after(random.nextLong(profile.meanRequestNanos()), this::request);
    clock.after(random.nextLong(CONFIG.heartbeatNanos()), this::nodeHeartbeats);
    runFor(CHAOS_NANOS);
    heal();
    runFor(HEAL_NANOS);
    checkAlive();
    counts.add(What.COMMITTED, checker.committed());
    counts.add(What.REIGN, checker.reigns());
    counts.add(What.TRUNCATION, checker.truncations());
    return counts;
  }

  private void runFor(long nanos) {
    clock.runFor(
        nanos,
        () -> {
          counts.add(What.EVENT);
          members.values().forEach(checker::checkLeaderCompleteness);
        });
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private void start(int id) {
    SimMember member = members.get(id);
    SimLog log = new SimLog(member.disk().entries(), checker);
    RaftCore core =
        new RaftCore(
            CONFIG,
            id,
            config,
            Optional.empty(),
            member.disk().hardState(),
            log,
            new SplittableRandom(random.nextLong()),
            clock.nowNanos());
    member.started(core, log);
    known.forEach(
        (pair, what) -> {
          if (pair.here == id) {
            what.heardNanos = clock.elapsedNanos();
            what.answeredNanos = clock.elapsedNanos();
            what.gone = false;
          }
        });
    say(() -> id + " starts with " + member.disk().hardState() + ", log " + log.lastIndex());
    tickNanos.remove(id);
    settle(member);
  }

  /** Power is lost, and comes back later. */
  private void crash(SimMember member, int life) {
    if (!member.isUp() || member.life() != life || healed) {
      return;
    }
    counts.add(What.CRASH);
    member.nodeCrashed();
    stop(member, random.nextBoolean() ? 50 * MILLI : 1_000 * MILLI);
  }

  /** The member ends, its node lives on. */
  private void failMember(SimMember member) {
    if (member.isUp()) {
      counts.add(What.MEMBER_FAILS);
      stop(member, 500 * MILLI);
    }
  }

  private void stop(SimMember member, long maxDelayNanos) {
    if (member.disk().crash(random)) {
      counts.add(What.CRASH_LOSING_WRITES);
    }
    say(() -> member.id() + " crashes");
    member.stopped();
    clock.after(random.nextLong(maxDelayNanos), () -> restart(member));
  }

  /** An input for a member, unless it has crashed since it was scheduled. */
  private void with(SimMember member, int life, Consumer<RaftCore> input) {
    long pause = pausedUntilNanos.getOrDefault(member.id(), 0L) - clock.elapsedNanos();
    if (pause > 0 && !healed) {
      // What waited is handled in any order, so a read may come before the timer of a lost leader.
      clock.after(pause + random.nextLong(MILLI), () -> with(member, life, input));
    } else if (member.isUp() && member.life() == life) {
      Role before = member.core().role();
      long termBefore = member.core().term();
      boolean quietBefore = member.core().isQuiet();
      input.accept(member.core());
      countRest(member, quietBefore);
      if (before == Role.LEADER
          && member.core().role() != Role.LEADER
          && member.core().term() == termBefore) {
        counts.add(What.STEPPED_DOWN_IN_TERM);
      }
      settle(member);
    }
  }

  private void countRest(SimMember member, boolean quietBefore) {
    boolean leads = member.core().role() == Role.LEADER;
    if (member.core().isQuiet() && !quietBefore) {
      say(() -> member.id() + " rests");
      counts.add(leads ? What.LEADER_RESTS : What.FOLLOWER_RESTS);
      if (leads
          && known.entrySet().stream()
              .anyMatch(k -> k.getKey().here == member.id() && k.getValue().gone)) {
        counts.add(What.LEADER_RESTS_WITHOUT_SOME);
      }
    } else if (quietBefore && !member.core().isQuiet()) {
      say(() -> member.id() + " wakes");
      counts.add(What.WOKEN);
    }
  }

  /**
   * Nodes tell each other that they live, and learn who leads nothing any more; what the runtime
   * makes of it is told to the members.
   */
  private void nodeHeartbeats() {
    for (SimMember from : members.values()) {
      for (SimMember to : members.values()) {
        if (from != to) {
          if (isRunning(from)) {
            nodeHeartbeat(from, to);
          }
          judge(from, to);
        }
      }
    }
    clock.after(CONFIG.heartbeatNanos(), this::nodeHeartbeats);
  }

  private boolean isRunning(SimMember member) {
    return member.isNodeUp()
        && (healed || pausedUntilNanos.getOrDefault(member.id(), 0L) <= clock.elapsedNanos());
  }

  private void nodeHeartbeat(SimMember from, SimMember to) {
    int boot = from.boot();
    boolean leads = from.isUp() && from.core().role() == Role.LEADER;
    long term = leads ? from.core().term() : 0;
    network.carry(
        from.id(),
        to.id(),
        () -> {
          if (!isRunning(to)) {
            return;
          }
          Known hears = known(to.id(), from.id());
          hears.heardNanos = clock.elapsedNanos();
          if (restsUnder(to, from) && boot != to.restsUnderBoot()) {
            leaderGone(to, What.WOKEN_BY_RESTART);
          } else if (restsUnder(to, from) && !(leads && term == to.core().term())) {
            leaderGone(to, What.WOKEN_BY_CHECK);
          }
          int toBoot = to.boot();
          network.carry(
              to.id(),
              from.id(),
              () -> {
                Known answers = known(from.id(), to.id());
                answers.answeredNanos = clock.elapsedNanos();
                answered(from, to, answers, toBoot);
              });
        });
  }

  private static boolean restsUnder(SimMember member, SimMember leader) {
    return member.isUp()
        && member.core().isQuiet()
        && member.core().leaderServerId() == leader.id();
  }

  private Known known(int here, int other) {
    return known.computeIfAbsent(new Pair(here, other), pair -> new Known());
  }

  private void answered(SimMember here, SimMember other, Known answers, int boot) {
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
    with(here, here.life(), core -> core.nodeAnswers(other.id(), answers, clock.nowNanos()));
  }

  /** What node {@code here} has to make of what it has not heard of the other. */
  private void judge(SimMember here, SimMember other) {
    if (!isRunning(here) || !here.isUp()) {
      return;
    }
    Known what = known(here.id(), other.id());
    long silentSince = clock.elapsedNanos() - CONFIG.electionTimeoutNanos();
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
      counts.add(why);
      with(member, member.life(), core -> core.leaderGone(clock.nowNanos()));
    }
  }

  /** Does what the member's Readys ask for. */
  private void settle(SimMember member) {
    RaftCore core = member.core();
    checker.check(member);
    while (core.hasReady()) {
      Ready ready = core.takeReady();
      if (ready.stateChanged()) {
        say(
            () ->
                "%d is %s in term %d, leader %d"
                    .formatted(member.id(), core.role(), core.term(), core.leaderServerId()));
      }
      persist(member, ready);
      ready.messages().forEach(outgoing -> send(member, outgoing));
      ready.reads().forEach(result -> readAnswered(member, result));
      core.applied(random.nextBoolean() ? ready.commitIndex() : core.appliedIndex());
    }
    scheduleTick(member);
  }

  private void persist(SimMember member, Ready ready) {
    List<SimDisk.Record> records = member.log().takeStaged();
    if (ready.hardState() != null) {
      records.add(new SimDisk.Record.Hard(ready.hardState()));
    }
    SafetyChecker.require(
        ready.mustPersist() == !records.isEmpty(), "mustPersist is wrong: " + ready);
    if (!records.isEmpty()) {
      member.disk().submit(ready.sequence(), records);
      boolean slow = !healed && chance(profile.slowSyncPercent());
      if (slow) {
        counts.add(What.SLOW_SYNC);
      }
      if (member.disk().queued() > 1) {
        counts.add(What.SEVERAL_SYNCS_WAITING);
      }
      int life = member.life();
      if (crashingAtNextWrite.remove(member.id())) {
        clock.after(random.nextLong(profile.maxSyncNanos()), () -> crash(member, life));
      }
      clock.after(
          random.nextLong(profile.maxSyncNanos() * (slow ? 20 : 1)),
          () -> with(member, life, core -> finishSync(member, core)));
    }
    member.hold(ready.sequence(), ready.durableMessages());
    if (member.disk().isIdle()) {
      member.release(ready.sequence()).forEach(outgoing -> send(member, outgoing));
    }
  }

  private void finishSync(SimMember member, RaftCore core) {
    if (member.disk().isIdle()) {
      return;
    }
    long sequence = member.disk().finishOldest();
    while (!member.disk().isIdle() && random.nextBoolean()) {
      sequence = member.disk().finishOldest();
    }
    if (member.disk().isIdle()) {
      member.release(Long.MAX_VALUE).forEach(outgoing -> send(member, outgoing));
    } else {
      member.release(sequence).forEach(outgoing -> send(member, outgoing));
      int life = member.life();
      clock.after(
          random.nextLong(profile.maxSyncNanos()),
          () -> with(member, life, next -> finishSync(member, next)));
    }
    core.persisted(sequence, clock.nowNanos());
  }

  private void scheduleTick(SimMember member) {
    if (member.core().isQuiet()) {
      return; // not even a timer goes off
    }
    long due = clock.elapsedAt(member.core().nextDeadlineNanos());
    Long scheduled = tickNanos.get(member.id());
    if (scheduled != null && scheduled <= due) {
      return;
    }
    tickNanos.put(member.id(), due);
    int life = member.life();
    clock.after(
        due - clock.elapsedNanos() + random.nextLong(2 * MILLI),
        () -> {
          if (member.life() == life) {
            tickNanos.remove(member.id(), due);
            with(member, life, core -> core.tick(clock.nowNanos()));
          }
        });
  }

  private void send(SimMember from, Outgoing outgoing) {
    checker.sent(from, outgoing);
    RaftMessage message = outgoing.message();
    if (message instanceof RaftMessage.Response) {
      from.responseLeft(outgoing.toServerId(), message.correlation());
    }
    network.send(from.id(), from.life(), outgoing.toServerId(), message);
  }

  @Override
  public void arrived(int from, int to, RaftMessage message) {
    SimMember member = members.get(to);
    if (!member.isUp()) {
      return;
    }
    say(() -> "%d <- %d %s".formatted(to, from, message));
    with(
        member,
        member.life(),
        core -> {
          if (message instanceof RaftMessage.Request) {
            member.requestArrived(from, message.correlation());
          }
          core.step(from, message, clock.nowNanos());
          if (message instanceof RaftMessage.QuiesceRequest) {
            member.restsUnder(members.get(from).boot());
          }
        });
  }

  @Override
  public void reportedLost(int from, int life, int to) {
    with(members.get(from), life, core -> core.connectionLost(to, clock.nowNanos()));
  }

  private void fault() {
    if (healed) {
      return;
    }
    SimMember member = randomMember();
    SimMember resting = leader();
    if (resting != null && resting.core().isQuiet() && chance(60)) {
      member = resting;
    }
    fault(member);
    clock.after(random.nextLong(2 * profile.meanFaultNanos()), this::fault);
  }

  private void fault(SimMember member) {
    switch (random.nextInt(12)) {
      case 0, 10 -> crash(member, member.life());
      case 1, 2 -> crashingAtNextWrite.add(member.id());
      case 3 -> network.cutOneWay(member.id(), randomMember().id());
      case 4 -> network.cutOff(member.id(), randomMember().id());
      case 5, 6 -> network.mendAll();
      case 7, 8 -> pause(member);
      case 9 -> failMember(member);
      default -> transfer(member);
    }
  }

  private void restart(SimMember member) {
    if (!member.isUp()) {
      counts.add(What.RESTART);
      start(member.id());
    }
  }

  /** The whole process stands still for a while. */
  private void pause(SimMember member) {
    counts.add(What.PAUSE);
    long nanos = random.nextLong(6 * CONFIG.electionTimeoutNanos());
    say(() -> "%d stands still for %d ms".formatted(member.id(), nanos / MILLI));
    pausedUntilNanos.put(member.id(), clock.elapsedNanos() + nanos);
  }

  private void transfer(SimMember member) {
    if (member.isUp()) {
      int target =
          member.core().role() == Role.LEADER ? random.nextInt(members.size() + 1) : member.id();
      say(() -> member.id() + " is asked to transfer to " + target);
      with(
          member,
          member.life(),
          core -> {
            if (core.transferLeadership(target, clock.nowNanos())) {
              counts.add(What.TRANSFER_ASKED);
            }
          });
    }
  }

  private SimMember randomMember() {
    return members.get(1 + random.nextInt(members.size()));
  }

  private void heal() {
    healed = true;
    network.heal();
    members.values().forEach(this::restart);
  }

  private void request() {
    SimMember member = randomMember();
    if (chance(60)) {
      member = leader() == null ? member : leader();
    }
    if (member.isUp()) {
      if (chance(30)) {
        read(member);
      } else {
        propose(member, chance(10) ? 40 : 1 + random.nextInt(4));
      }
    }
    if (!healed) {
      boolean longPause = chance(profile.longPausePercent());
      clock.after(
          random.nextLong(longPause ? MAX_IDLE_NANOS : 2 * profile.meanRequestNanos()),
          this::request);
    }
  }

  private SimMember leader() {
    List<SimMember> leaders = new ArrayList<>();
    for (SimMember member : members.values()) {
      if (member.isUp() && member.core().role() == Role.LEADER) {
        leaders.add(member);
      }
    }
    return leaders.isEmpty() ? null : leaders.get(random.nextInt(leaders.size()));
  }

  private void propose(SimMember member, int commands) {
    List<LogEntry> entries = new ArrayList<>();
    for (int i = 0; i < commands; i++) {
      entries.add(SimLog.command(nextId++));
    }
    with(
        member,
        member.life(),
        core -> {
          Proposal proposal = core.propose(entries, clock.nowNanos());
          say(() -> "%d is proposed %d commands: %s".formatted(member.id(), commands, proposal));
          counts.add(
              proposal instanceof Proposal.Appended
                  ? What.PROPOSED
                  : proposal instanceof Proposal.Overloaded ? What.OVERLOADED : What.NOT_LEADER);
        });
  }

  private void read(SimMember member) {
    long readId = nextId++;
    reads.put(readId, new Read(checker.committed(), member.id()));
    say(() -> "%d is asked to read (%d)".formatted(member.id(), readId));
    with(member, member.life(), core -> core.readIndex(readId, clock.nowNanos()));
  }

  private void readAnswered(SimMember member, ReadResult result) {
    say(() -> member.id() + " " + result);
    Read read = reads.remove(result.readId());
    SafetyChecker.require(read != null && read.serverId == member.id(), "answered twice");
    if (result instanceof ReadResult.Confirmed confirmed) {
      checker.readConfirmed(confirmed.readIndex(), read.committedWhenCalled);
      counts.add(
          member.core().role() == Role.LEADER
              ? What.READ_CONFIRMED
              : What.READ_CONFIRMED_BY_FOLLOWER);
    } else {
      counts.add(What.READ_FAILED);
    }
  }

  /** In a healed world somebody leads, commits, and all follow. */
  private void checkAlive() {
    // Where a minority may lead, all of them may lack what the rest has, and nobody is elected.
    long mayLead = config.servers().stream().filter(s -> s.isVoter() && s.priority() > 0).count();
    if (mayLead <= profile.members() / 2) {
      return;
    }
    SimMember leader = leader();
    SafetyChecker.require(leader != null, "nobody leads a healed group");
    reads.clear();
    propose(leader, 1);
    members.values().forEach(this::read);
    long expected = leader.log().lastIndex();
    long failedBefore = counts.get(What.READ_FAILED);
    runFor(1_000 * MILLI);
    for (SimMember member : members.values()) {
      SafetyChecker.require(
          member.core().commitIndex() >= expected,
          "server %d has committed %d of %d in a healed group"
              .formatted(member.id(), member.core().commitIndex(), expected));
      SafetyChecker.require(
          member.unanswered() <= 2 * members.size(),
          "server %d leaves requests unanswered".formatted(member.id()));
    }
    SafetyChecker.require(reads.isEmpty(), "reads are never answered");
    SafetyChecker.require(
        profile.oldPeer() || counts.get(What.READ_FAILED) == failedBefore,
        "reads fail in a healed group");
  }

  private void say(Supplier<String> line) {
    if (trace != null) {
      trace.accept("%9.3f ms  %s".formatted(clock.elapsedNanos() / 1e6, line.get()));
    }
  }
}
