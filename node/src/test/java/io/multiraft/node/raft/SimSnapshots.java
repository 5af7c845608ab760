package io.multiraft.node.raft;

import io.multiraft.node.raft.SimCounts.What;
import java.util.Optional;

/** Snapshots as a runtime takes, sends, receives and restores them, in chunks that get lost. */
final class SimSnapshots {
  private static final int MAX_CHUNKS = 5;
  private static final int MAX_ENTRIES_KEPT = 15;
  private static final long TIMEOUT_NANOS = 1_500 * SimProfile.MILLI;
  private static final int CRASH_BEFORE_INSTALL_PERCENT = 10;

  /** One snapshot on its way. */
  private static final class Stream {
    private final SimMember leader;
    private final int leaderLife;
    private final long term;
    private final int follower;
    private final SimDisk.Snapshot snapshot;
    private boolean ended;

    Stream(SimMember leader, int follower, SimDisk.Snapshot snapshot) {
      this.leader = leader;
      this.leaderLife = leader.life();
      this.term = leader.core().term();
      this.follower = follower;
      this.snapshot = snapshot;
    }
  }

  private final SimWorld world;
  private final SimRuntime runtime;

  SimSnapshots(SimWorld world, SimRuntime runtime) {
    this.world = world;
    this.runtime = runtime;
  }

  /** The member writes its state down, and forgets a part of the log once that is durable. */
  void take(SimMember member) {
    long index = member.appliedIndex();
    if (!member.isUp()
        || index < member.log().firstIndex()
        || member.disk().snapshot().filter(s -> s.meta().index() >= index).isPresent()) {
      return;
    }
    SnapshotMeta meta =
        new SnapshotMeta(index, member.log().term(index), member.core().configAt(index));
    SimDisk.Snapshot snapshot = new SimDisk.Snapshot(meta, member.log().prefixHash(index));
    world.checker().snapshotTaken(snapshot);
    int life = member.life();
    world
        .clock()
        .after(
            runtime.syncNanos(4),
            () -> runtime.with(member, life, core -> saved(member, snapshot)));
  }

  private void saved(SimMember member, SimDisk.Snapshot snapshot) {
    if (!member.disk().save(snapshot)) {
      return;
    }
    world.count(What.SNAPSHOT_TAKEN);
    world.say(() -> member.id() + " has taken " + snapshot);
    long to = snapshot.meta().index() - world.random().nextInt(MAX_ENTRIES_KEPT);
    if (to >= member.log().firstIndex() && to <= member.appliedIndex()) {
      world.count(What.COMPACTION);
      member.log().compact(to);
    }
  }

  /** The leader's core wants a snapshot for a follower. */
  void wanted(SimMember leader, int follower) {
    world.count(What.SNAPSHOT_WANTED);
    send(leader, follower, leader.disk().snapshot().orElseThrow());
  }

  /** A leader offers a snapshot that its core did not want, to anyone. */
  void sendUnasked() {
    SimMember leader = world.leader();
    SimMember follower = world.randomMember();
    if (leader != null && follower != leader) {
      leader.disk().snapshot().ifPresent(snapshot -> send(leader, follower.id(), snapshot));
    }
  }

  private void send(SimMember leader, int follower, SimDisk.Snapshot snapshot) {
    world.say(() -> "%d sends %s to %d".formatted(leader.id(), snapshot, follower));
    Stream stream = new Stream(leader, follower, snapshot);
    world.clock().after(TIMEOUT_NANOS, () -> end(stream, false));
    chunk(stream, world.random().nextInt(MAX_CHUNKS));
  }

  private void chunk(Stream stream, int chunksBehind) {
    world
        .clock()
        .after(
            runtime.network().delayNanos(),
            () -> {
              if (runtime.network().loses(stream.leader.id(), stream.follower)) {
                end(stream, false);
              } else {
                arrived(stream, chunksBehind);
              }
            });
  }

  private void arrived(Stream stream, int chunksBehind) {
    SimMember follower = world.member(stream.follower);
    if (follower == null) {
      return;
    }
    runtime.input(
        follower,
        (core, now) -> {
          SnapshotVerdict verdict =
              core.snapshotOffered(stream.leader.id(), stream.term, stream.snapshot.meta(), now);
          SafetyChecker.require(
              verdict != SnapshotVerdict.NO_ANSWER, "a leader is taken for broken");
          if (verdict == SnapshotVerdict.ACCEPT) {
            if (chunksBehind > 0) {
              chunk(stream, chunksBehind - 1);
            } else {
              store(stream, follower);
            }
          } else {
            world.count(What.SNAPSHOT_REFUSED);
            end(stream, verdict == SnapshotVerdict.ALREADY_HAVE);
          }
        });
  }

  private void store(Stream stream, SimMember follower) {
    int life = follower.life();
    world
        .clock()
        .after(
            runtime.syncNanos(4),
            () -> {
              if (follower.life() == life && follower.disk().save(stream.snapshot)) {
                if (world.chance(CRASH_BEFORE_INSTALL_PERCENT)) {
                  runtime.crash(follower, life);
                }
                runtime.with(follower, life, core -> install(stream, follower, core));
              }
            });
  }

  private void install(Stream stream, SimMember follower, RaftCore core) {
    if (!follower.disk().snapshot().equals(Optional.of(stream.snapshot))) {
      return;
    }
    long now = follower.clockNanos(world.clock().elapsedNanos());
    SnapshotMeta meta = stream.snapshot.meta();
    boolean inLog = follower.log().term(meta.index()) == meta.term();
    boolean installed = core.installSnapshot(stream.leader.id(), stream.term, meta, now);
    world.say(() -> "%d installs %s: %s".formatted(follower.id(), stream.snapshot, installed));
    if (installed && inLog) {
      world.count(What.SNAPSHOT_INSTALLED_LOG_KEPT);
    }
    end(stream, true);
  }

  private void end(Stream stream, boolean sent) {
    if (stream.ended) {
      return;
    }
    stream.ended = true;
    world.count(sent ? What.SNAPSHOT_SENT : What.SNAPSHOT_FAILED);
    SimMember leader = stream.leader;
    world
        .clock()
        .after(
            runtime.network().delayNanos(),
            () ->
                runtime.with(
                    leader,
                    stream.leaderLife,
                    core -> {
                      long now = leader.clockNanos(world.clock().elapsedNanos());
                      if (sent) {
                        core.snapshotSent(stream.follower, stream.snapshot.meta().index(), now);
                      } else {
                        core.snapshotFailed(stream.follower, now);
                      }
                    }));
  }

  /** The state machine is restored from the snapshot that took the log's place. */
  void restored(SimMember member, SnapshotMeta meta) {
    world.count(What.SNAPSHOT_INSTALLED);
    SimDisk.Snapshot snapshot = member.disk().snapshot().orElseThrow();
    SafetyChecker.require(snapshot.meta().equals(meta), "another snapshot is installed: %s", meta);
    world.checker().restored(snapshot);
    member.appliedTo(meta.index());
    member.core().applied(meta.index());
  }
}
