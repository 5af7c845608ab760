package io.multiraft.node.simulation;

import io.multiraft.node.NodeConfig;
import io.multiraft.node.RaftServer;
import io.multiraft.node.SnapshotConfig;
import io.multiraft.node.group.GroupHost;
import io.multiraft.node.group.GroupManager;
import io.multiraft.node.group.GroupPeek;
import io.multiraft.node.log.LogDamagedException;
import io.multiraft.node.log.NodeIdentity;
import io.multiraft.node.log.NodeLog;
import io.multiraft.node.log.NodeLogConfig;
import io.multiraft.node.log.SimulatedFiles;
import io.multiraft.node.log.SnapshotStore;
import io.multiraft.node.port.ConnectionAttributes;
import io.multiraft.node.port.NodeTransport;
import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.PortMetrics;
import io.multiraft.node.port.TrustedProxies;
import io.multiraft.node.port.tls.Identity;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.wire.Frame;
import io.multiraft.node.wire.ResponseFrame;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** A machine with a disk, and the process of a node on it, while it runs. */
final class SimulatedNode implements SimulatedNetwork.Listener, SimulatedDrive.Disk {
  static final int ELECTION_TIMEOUT_MILLIS = 300;
  private static final int HEARTBEAT_MILLIS = 60;
  private static final int REQUEST_TIMEOUT_MILLIS = 1_000;
  private static final int LOOPS = 2;
  private static final int SEGMENT_BYTES = 16 << 10;
  private static final long CACHE_BYTES = 512;
  private static final SnapshotConfig SNAPSHOTS =
      new SnapshotConfig(30, 1 << 20, 8, 1 << 20, 2, 2, 2);
  private static final Path DIRECTORY = Path.of("/data");

  /** What the whole simulation knows, and wants to know. */
  interface Surroundings {
    World world();

    Counts counts();

    SimulatedNetwork network();

    Invariants invariants();

    Promises promises();

    /** A frame leaves a node. */
    void says(SimulatedNode from, int to, Frame frame);

    /** Every group that was ever made. */
    Iterable<Integer> groupIds();

    PortMetrics metrics();

    /** The process of a node ended in a way that it has not been asked for. */
    void died(SimulatedNode node);
  }

  /** Something that waits for a process that may end. */
  interface Waiter {
    void processGone();
  }

  /** One life of the process. */
  private static final class Process {
    private final SimulatedLoop.Turns turns = new SimulatedLoop.Turns();
    private final Set<Waiter> waiters = new LinkedHashSet<>();
    private List<SimulatedLoop> loops;
    private SimulatedDrive drive;
    private SimulatedWorkers workers;
    private NodeIdentity identity;
    private NodeLog log;
    private SnapshotStore snapshots;
    private GroupHost host;
    private int nextLoop;
  }

  private final int id;
  private final Surroundings around;
  private final World world;
  private final NodeClock clock;
  private SimulatedFiles files = new SimulatedFiles();
  private Process process;
  private int life;
  private UUID incarnation;
  private long pausedUntilNanos;
  private long hangsUntilNanos;
  private double slowness = 1;
  private boolean losesPowerAfterWrite;
  private boolean distrusted;
  private boolean damaged;
  private final Set<Integer> removed = new HashSet<>();

  SimulatedNode(int id, Surroundings around) {
    this.id = id;
    this.around = around;
    this.world = around.world();
    this.clock = new NodeClock(world, 1 + world.random().nextLong(1_000_000_000_000L));
  }

  int id() {
    return id;
  }

  String endpoint() {
    return "node-" + id + ":" + (1_000 + id);
  }

  static int idOf(String host) {
    return Integer.parseInt(host.substring(host.indexOf('-') + 1));
  }

  NodeClock clock() {
    return clock;
  }

  int life() {
    return life;
  }

  boolean isUp() {
    return process != null;
  }

  GroupManager groups() {
    return process.host.manager();
  }

  NodeRef ref() {
    return new NodeRef(id, incarnation);
  }

  long bootNumber() {
    return process.identity.bootNumber();
  }

  /** Starts the process; false if it does not start. */
  boolean start() throws IOException {
    life++;
    Process starting = new Process();
    starting.workers = new SimulatedWorkers(world, () -> checkPower(starting));
    starting.drive = new SimulatedDrive(world, clock, this);
    starting.loops =
        java.util.stream.IntStream.range(0, LOOPS)
            .mapToObj(
                i ->
                    new SimulatedLoop(
                        world, clock, starting.turns, this::standsStillNanos, this::turned))
            .toList();
    try {
      starting.identity = NodeIdentity.open(files, DIRECTORY, id, this::newIncarnation);
      incarnation = starting.identity.incarnation();
      NodeLogConfig config =
          new NodeLogConfig(
              starting.identity,
              SEGMENT_BYTES,
              1 << 20,
              CACHE_BYTES,
              4 * CACHE_BYTES,
              4 * SEGMENT_BYTES,
              0);
      starting.log =
          NodeLog.open(
              files, DIRECTORY, config, starting.drive, failure -> fatal(starting, failure));
      replaceIfSomethingFailed(starting.log);
      starting.snapshots = SnapshotStore.open(files, DIRECTORY, 0);
      starting.snapshots.retain(
          starting.log.recovered().groups().stream().map(group -> group.log().groupId()).toList());
    } catch (SimulatedFiles.PowerCut e) {
      files = files.afterPowerCut(world.random());
      return false;
    }
    if (!distrusted) {
      checkRecovered(starting.log);
    }
    process = starting;
    around.network().listen(id, this);
    SplittableRandom random = world.random().split();
    starting.host =
        new GroupHost(
            config(),
            starting.identity,
            starting.log,
            new Transport(starting),
            Optional.empty(),
            starting.snapshots,
            this::machine,
            starting.workers,
            () -> generator(random),
            around.metrics());
    world.say(
        id,
        () ->
            "starts, boot %d, incarnation %s"
                .formatted(starting.identity.bootNumber(), starting.identity.incarnation()));
    return true;
  }

  private static RandomGenerator generator(SplittableRandom random) {
    return random.split();
  }

  private UUID newIncarnation() {
    return new UUID(world.random().nextLong(), world.random().nextLong());
  }

  /** A node could serve its other groups; the operator of this simulation replaces whole nodes. */
  private static void replaceIfSomethingFailed(NodeLog log) {
    log.recovered()
        .failedGroups()
        .values()
        .forEach(
            failed -> {
              throw new LogDamagedException(DIRECTORY, 0, failed.why());
            });
  }

  private void checkRecovered(NodeLog log) {
    log.recovered()
        .groups()
        .forEach(
            group -> {
              world.mix(group.hardState().term());
              around
                  .promises()
                  .recovered(
                      new Promises.ServerId(
                          group.creation().groupId(), group.creation().selfServerId()),
                      group.hardState(),
                      group.log().lastIndex());
            });
  }

  private NodeConfig config() {
    return new NodeConfig(
        DIRECTORY,
        id,
        "node-" + id,
        new InetSocketAddress(0),
        endpoint(),
        Optional.empty(),
        "default",
        TrustedProxies.NONE,
        true,
        Optional.empty(),
        ELECTION_TIMEOUT_MILLIS,
        HEARTBEAT_MILLIS,
        1_000,
        REQUEST_TIMEOUT_MILLIS,
        LOOPS,
        1,
        SNAPSHOTS,
        PortLimits.DEFAULT);
  }

  private Registers machine(int groupId) {
    return new Registers(
        (index, term, command) -> {
          try {
            around.invariants().applied(id, groupId, index, term, command);
          } catch (Violation e) {
            world.fail(e);
          }
        });
  }

  /** The log cannot go on: the process ends at once, as the real one does. */
  private void fatal(Process dying, Throwable failure) {
    if (dying != process) {
      return;
    }
    world.say(id, () -> "ends itself: " + failure.getMessage());
    boolean power = failure.getCause() instanceof SimulatedFiles.PowerCut;
    // A failed sync may have dropped what was in the page cache.
    if (power || world.random().nextBoolean()) {
      losePower();
    } else {
      kill();
    }
    around.died(this);
  }

  /** The process ends between two instructions; what it wrote is in the page cache. */
  void kill() {
    end(false);
    files = files.afterKill();
  }

  /** The machine loses its power: of what was not synced anything may be lost. */
  void losePower() {
    end(true);
    files = files.afterPowerCut(world.random());
  }

  private void end(boolean powerLost) {
    world.say(id, () -> powerLost ? "loses power" : "is killed");
    Process ended = process;
    process = null;
    ended.loops.forEach(SimulatedLoop::end);
    ended.drive.end();
    ended.workers.end();
    around.network().gone(id, powerLost);
    pausedUntilNanos = 0;
    hangsUntilNanos = 0;
    slowness = 1;
    losesPowerAfterWrite = false;
    List.copyOf(ended.waiters).forEach(Waiter::processGone);
  }

  /** Stops as on SIGTERM: members first, then the log, which notes the clean end. */
  void stopCleanly() {
    Process stopping = process;
    stopping
        .host
        .manager()
        .stop()
        .thenRun(
            () ->
                world.after(
                    1,
                    () -> {
                      if (process == stopping) {
                        stopping.log.close();
                        if (process == stopping) {
                          kill();
                          around.died(this);
                        }
                      }
                    }));
  }

  /** The disk is gone and another one is there. */
  void replaceDisk() {
    files = new SimulatedFiles();
    incarnation = newIncarnation(); // nobody's, until the process has made its own
    removed.clear();
    distrusted = false;
    damaged = false;
  }

  /** The disk is an old copy: nobody may believe this node any more. */
  void distrust() {
    distrusted = true;
    removed.clear();
  }

  /** The disk does not say what was written to it. */
  void damage() {
    damaged = true;
  }

  boolean isDamaged() {
    return damaged;
  }

  boolean isTrusted() {
    return !distrusted;
  }

  /** The removal of a group is durable here. */
  void removed(int groupId) {
    removed.add(groupId);
  }

  boolean hasRemoved(int groupId) {
    return removed.contains(groupId);
  }

  /** The highest boot number of another node that this one will know whatever happens to it. */
  long durablySeenBoot(NodeRef other) throws IOException {
    SimulatedFiles copy = files.copy().afterPowerCut(new SplittableRandom(1));
    NodeIdentity identity = NodeIdentity.open(copy, DIRECTORY, id, this::newIncarnation);
    NodeLogConfig config =
        new NodeLogConfig(
            identity, SEGMENT_BYTES, 1 << 20, CACHE_BYTES, 4 * CACHE_BYTES, 4 * SEGMENT_BYTES, 0);
    NodeLog log =
        NodeLog.open(
            copy, DIRECTORY, config, new SimulatedDrive(world, clock, this), failure -> {});
    return log.recovered().peers().values().stream()
        .filter(peer -> peer.incarnation().equals(other.incarnation()))
        .mapToLong(peer -> peer.bootNumber())
        .findAny()
        .orElse(0);
  }

  /** A copy of the disk as it is now. */
  SimulatedFiles copyOfDisk() {
    return files.copyAsDurable();
  }

  void restoreDisk(SimulatedFiles copy) {
    files = copy;
    damaged = false;
  }

  SimulatedFiles disk() {
    return files;
  }

  Path logDirectory() {
    return DIRECTORY.resolve("wal");
  }

  void pause(long nanos) {
    pausedUntilNanos = Math.max(pausedUntilNanos, world.nowNanos() + nanos);
  }

  private long standsStillNanos() {
    return pausedUntilNanos - world.nowNanos();
  }

  void hangSyncs(long nanos) {
    hangsUntilNanos = world.nowNanos() + nanos;
  }

  void slowDisk(double factor) {
    slowness = factor;
  }

  void losePowerAfterNextWrite() {
    losesPowerAfterWrite = true;
  }

  /** All troubles of this machine are over. */
  void heal() {
    pausedUntilNanos = 0;
    hangsUntilNanos = 0;
    slowness = 1;
    losesPowerAfterWrite = false;
    clock.drift(1);
    if (process != null) {
      process.loops.forEach(SimulatedLoop::clockChanged);
    }
  }

  void clockChanged() {
    if (process != null) {
      process.loops.forEach(SimulatedLoop::clockChanged);
    }
  }

  void await(Waiter waiter) {
    process.waiters.add(waiter);
  }

  void noLongerAwait(Waiter waiter) {
    if (process != null) {
      process.waiters.remove(waiter);
    }
  }

  /** What touched the disk may have been the moment at which the power went. */
  private void checkPower(Process running) {
    if (process == running && files.isOff()) {
      losePower();
      around.died(this);
    }
  }

  private void turned() {
    checkPower(process);
    if (process != null && process.host != null) {
      for (int groupId : around.groupIds()) {
        process.host.manager().byId(groupId).ifPresent(this::look);
      }
    }
  }

  private void look(RaftServer member) {
    if (distrusted && member.status().members().size() == 1) {
      return; // it has no peers that could refuse it
    }
    Violation.require(
        GroupPeek.failure(member).isEmpty(),
        "group %s on node %s has failed: %s",
        member.groupId(),
        id,
        GroupPeek.failure(member));
    Violation.require(
        !removed.contains(member.groupId()),
        "group %s is back on node %s, where it was removed",
        member.groupId(),
        id);
    around.invariants().look(id, life, member);
  }

  @Override
  public double slowness() {
    return slowness;
  }

  @Override
  public long hangsNanos() {
    return Math.max(hangsUntilNanos, pausedUntilNanos) - world.nowNanos();
  }

  @Override
  public void written() {
    if (losesPowerAfterWrite && process != null) {
      around.counts().add(Rule.POWER_LOST_BETWEEN_WRITE_AND_SYNC);
      losePower();
      around.died(this);
    }
  }

  @Override
  public SimulatedLoop loopForConnection() {
    return process.loops.get(process.nextLoop++ % LOOPS);
  }

  @Override
  public ChannelHandler initializer() {
    Process accepting = process;
    return new ChannelInitializer<Channel>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.attr(ConnectionAttributes.IDENTITY).set(new Identity.PlainText(true));
        accepting.host.peering().install(channel.pipeline());
      }
    };
  }

  @Override
  public void made(Channel channel) {
    String last = channel.pipeline().lastContext().name();
    channel.pipeline().addBefore(last, "witness", new Witness());
  }

  /** Sees every frame that leaves. */
  private final class Witness extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
        throws Exception {
      if (message instanceof Frame frame) {
        world.say(id, () -> "says " + frame);
        around.says(SimulatedNode.this, SimulatedConnection.nodeAt(context.channel()), frame);
        around.promises().left(frame);
        if (frame instanceof ResponseFrame response && response.isRefusal()) {
          around.counts().add(Rule.FRAME_FOR_REMOVED_GROUP);
        }
      }
      super.write(context, message, promise);
    }
  }

  private final class Transport implements NodeTransport {
    private final Process of;

    Transport(Process of) {
      this.of = of;
    }

    @Override
    public List<EventLoop> eachLoop() {
      return List.copyOf(of.loops);
    }

    @Override
    public EventLoop nextLoop() {
      return of.loops.get(of.nextLoop++ % LOOPS);
    }

    @Override
    public Future<Channel> connect(
        EventLoop loop, String host, int port, ChannelHandler initializer) {
      Promise<Channel> connected = loop.newPromise();
      around.network().connect(id, (SimulatedLoop) loop, idOf(host), initializer, connected);
      return connected;
    }

    @Override
    public void close() {
      // the loops end with the process
    }
  }
}
