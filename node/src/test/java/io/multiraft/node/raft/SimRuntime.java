package io.multiraft.node.raft;

import io.multiraft.node.raft.SimCounts.What;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** What a runtime does for its members, on disks and a network that fail. */
final class SimRuntime implements SimNetwork.Ends {
  private record Read(long committedWhenCalled, int serverId, long calledNanos) {}

  private final SimWorld world;
  private final SimProfile profile;
  private final SimClock clock;
  private final SafetyChecker checker;
  private final ClusterConfig founders;
  private final SimNetwork network;
  private final SimSnapshots snapshots;
  private final SimNodes nodes;
  private final Map<Long, Read> reads = new HashMap<>();

  SimRuntime(SimWorld world, ClusterConfig founders) {
    this.world = world;
    this.founders = founders;
    profile = world.profile();
    clock = world.clock();
    checker = world.checker();
    network = new SimNetwork(world, this);
    snapshots = new SimSnapshots(world, this);
    nodes = new SimNodes(world, this);
  }

  SimNetwork network() {
    return network;
  }

  SimSnapshots snapshots() {
    return snapshots;
  }

  void start(SimMember member) {
    SimDisk disk = member.disk();
    disk.snapshot()
        .filter(snapshot -> snapshot.meta().index() > disk.lastIndex())
        .ifPresent(snapshot -> world.count(What.SNAPSHOT_NEWER_THAN_LOG_AT_START));
    SimLog log = new SimLog(disk, checker);
    RaftCore core =
        new RaftCore(
            profile.raftConfig(),
            member.id(),
            founders.server(member.id()).isPresent() ? founders : ClusterConfig.initial(List.of()),
            disk.snapshot().map(SimDisk.Snapshot::meta),
            disk.hardState(),
            log,
            new SplittableRandom(world.random().nextLong()),
            now(member));
    member.started(core, log);
    nodes.started(member);
    world.say(
        () ->
            "%d starts with %s, log %d to %d, %s"
                .formatted(
                    member.id(),
                    disk.hardState(),
                    log.firstIndex(),
                    log.lastIndex(),
                    disk.snapshot()));
    settle(member);
  }

  private long now(SimMember member) {
    return member.clockNanos(clock.elapsedNanos());
  }

  /** Power is lost, and comes back later. */
  void crash(SimMember member, int life) {
    if (!member.isUp() || member.life() != life || world.isHealed()) {
      return;
    }
    world.count(What.CRASH);
    member.nodeCrashed();
    stop(member, world.random().nextBoolean() ? 50 : 1_000);
  }

  /** The member ends, its node lives on. */
  void fail(SimMember member) {
    if (member.isUp()) {
      world.count(What.MEMBER_FAILS);
      stop(member, 500);
    }
  }

  private void stop(SimMember member, long maxDelayMillis) {
    if (member.disk().crash(world.random())) {
      world.count(What.CRASH_LOSING_WRITES);
    }
    world.say(() -> member.id() + " crashes");
    member.stopped();
    clock.after(world.random().nextLong(maxDelayMillis * SimProfile.MILLI), () -> restart(member));
  }

  void restart(SimMember member) {
    if (!member.isUp() && !member.isDestroyed()) {
      world.count(What.RESTART);
      start(member);
    }
  }

  /** An input for a member, unless it has crashed since it was scheduled. */
  void with(SimMember member, int life, Consumer<RaftCore> input) {
    long pause = member.pausedUntilNanos() - clock.elapsedNanos();
    if (pause > 0 && !world.isHealed()) {
      // What waited is handled in any order, so a read may come before the timer of a lost leader.
      clock.after(
          pause + world.random().nextLong(SimProfile.MILLI), () -> with(member, life, input));
    } else if (member.isUp() && member.life() == life) {
      Role before = member.core().role();
      long termBefore = member.core().term();
      boolean quietBefore = member.core().isQuiet();
      input.accept(member.core());
      nodes.count(member, quietBefore);
      if (before == Role.LEADER
          && member.core().role() != Role.LEADER
          && member.core().term() == termBefore) {
        world.count(What.STEPPED_DOWN_IN_TERM);
      }
      settle(member);
    }
  }

  /** An input with the time that the member's clock shows. */
  void input(SimMember member, TimedInput input) {
    with(member, member.life(), core -> input.accept(core, now(member)));
  }

  /** Something that happens to a core at a time. */
  interface TimedInput {
    void accept(RaftCore core, long nowNanos);
  }

  /** Does what the member's Readys ask for. */
  private void settle(SimMember member) {
    RaftCore core = member.core();
    checker.check(member);
    while (core.hasReady()) {
      Ready ready = core.takeReady();
      if (ready.stateChanged()) {
        world.say(
            () ->
                "%d is %s in term %d, leader %d"
                    .formatted(member.id(), core.role(), core.term(), core.leaderServerId()));
      }
      persist(member, ready);
      ready.messages().forEach(outgoing -> send(member, outgoing));
      ready.reads().forEach(result -> readAnswered(member, result));
      if (ready.installed() != null) {
        snapshots.restored(member, ready.installed());
      }
      if (world.random().nextBoolean()) {
        member.appliedTo(ready.commitIndex());
        core.applied(ready.commitIndex());
      }
      ready.snapshotsWanted().forEach(follower -> snapshots.wanted(member, follower));
    }
    scheduleTick(member);
  }

  private void persist(SimMember member, Ready ready) {
    List<SimDisk.Record> records = new ArrayList<>(member.log().takeStaged());
    if (ready.hardState() != null) {
      records.add(new SimDisk.Record.Hard(ready.hardState()));
    }
    boolean something = records.stream().anyMatch(SimRuntime::mustBePersisted);
    SafetyChecker.require(ready.mustPersist() == something, "mustPersist is wrong");
    if (something) {
      member.disk().submit(ready.sequence(), records);
      boolean slow = !world.isHealed() && world.chance(profile.slowSyncPercent());
      if (slow) {
        world.count(What.SLOW_SYNC);
      }
      if (member.disk().queued() > 1) {
        world.count(What.SEVERAL_SYNCS_WAITING);
      }
      int life = member.life();
      if (member.takeCrashAtNextWrite()) {
        clock.after(syncNanos(1), () -> crash(member, life));
      }
      clock.after(
          syncNanos(slow ? 20 : 1), () -> with(member, life, core -> finishSync(member, core)));
    } else {
      member.log().putBack(records);
    }
    member.hold(ready.sequence(), ready.durableMessages());
    if (member.disk().isIdle()) {
      member.release(ready.sequence()).forEach(outgoing -> send(member, outgoing));
    }
  }

  private static boolean mustBePersisted(SimDisk.Record record) {
    return !(record instanceof SimDisk.Record.Base base) || !base.keepBehind();
  }

  /** How long a write takes. */
  long syncNanos(int times) {
    return world.random().nextLong(profile.maxSyncNanos() * times);
  }

  private void finishSync(SimMember member, RaftCore core) {
    if (member.disk().isIdle()) {
      return;
    }
    long sequence = member.disk().finishOldest();
    while (!member.disk().isIdle() && world.random().nextBoolean()) {
      sequence = member.disk().finishOldest();
    }
    if (member.disk().isIdle()) {
      member.release(Long.MAX_VALUE).forEach(outgoing -> send(member, outgoing));
    } else {
      member.release(sequence).forEach(outgoing -> send(member, outgoing));
      int life = member.life();
      clock.after(syncNanos(1), () -> with(member, life, next -> finishSync(member, next)));
    }
    core.persisted(sequence, now(member));
  }

  private void scheduleTick(SimMember member) {
    if (member.core().isQuiet()) {
      return; // not even a timer goes off
    }
    long due = Math.max(clock.elapsedNanos(), member.elapsedAt(member.core().nextDeadlineNanos()));
    if (member.tickNanos() <= due) {
      return;
    }
    member.setTickNanos(due);
    int life = member.life();
    clock.after(
        due - clock.elapsedNanos() + world.random().nextLong(2 * SimProfile.MILLI),
        () -> {
          if (member.life() == life) {
            if (member.tickNanos() == due) {
              member.setTickNanos(Long.MAX_VALUE);
            }
            with(member, life, core -> core.tick(now(member)));
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
    SimMember member = world.member(to);
    if (member == null || !member.isUp()) {
      return;
    }
    world.say(() -> "%d <- %d %s".formatted(to, from, message));
    input(
        member,
        (core, now) -> {
          if (message instanceof RaftMessage.Request) {
            member.requestArrived(from, message.correlation());
          }
          core.step(from, message, now);
          if (message instanceof RaftMessage.QuiesceRequest) {
            member.restsUnder(world.member(from).boot());
          }
        });
  }

  @Override
  public void reportedLost(int from, int life, int to) {
    SimMember member = world.member(from);
    with(member, life, core -> core.connectionLost(to, now(member)));
  }

  void read(SimMember member, long readId) {
    reads.put(readId, new Read(checker.committed(), member.id(), clock.elapsedNanos()));
    world.say(() -> "%d is asked to read (%d)".formatted(member.id(), readId));
    input(member, (core, now) -> core.readIndex(readId, now));
  }

  private void readAnswered(SimMember member, ReadResult result) {
    world.say(() -> member.id() + " " + result);
    Read read = reads.remove(result.readId());
    SafetyChecker.require(read != null && read.serverId == member.id(), "answered twice");
    if (result instanceof ReadResult.Confirmed confirmed) {
      checker.readConfirmed(confirmed.readIndex(), read.committedWhenCalled);
      count(member, read);
    } else {
      world.count(What.READ_FAILED);
    }
  }

  private void count(SimMember member, Read read) {
    boolean leads = member.core().role() == Role.LEADER;
    boolean alone = member.core().config().servers().stream().filter(s -> s.isVoter()).count() == 1;
    if (leads && !alone && read.calledNanos == clock.elapsedNanos()) {
      world.count(What.READ_CONFIRMED_BY_LEASE);
    } else {
      world.count(leads ? What.READ_CONFIRMED : What.READ_CONFIRMED_BY_FOLLOWER);
    }
  }

  /** Forgets the reads whose members have crashed. */
  void forgetReads() {
    reads.clear();
  }

  boolean hasOpenReads() {
    return !reads.isEmpty();
  }
}
