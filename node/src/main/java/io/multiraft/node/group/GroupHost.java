package io.multiraft.node.group;

import io.multiraft.node.NodeConfig;
import io.multiraft.node.log.NodeIdentity;
import io.multiraft.node.log.NodeLog;
import io.multiraft.node.log.Recovered;
import io.multiraft.node.log.SnapshotStore;
import io.multiraft.node.port.IncompleteFrames;
import io.multiraft.node.port.NodeTransport;
import io.multiraft.node.port.PeerConnections;
import io.multiraft.node.port.PortMetrics;
import io.multiraft.node.port.RaftGroupDispatcher;
import io.multiraft.node.port.RaftPeering;
import io.multiraft.node.port.tls.NodeTls;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.RaftConfig;
import io.multiraft.node.wire.FrameLimits;
import io.multiraft.node.wire.Hello;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Puts together what the groups of a node run on: loops, peers, the pool that applies, the manager.
 * Made once the log has been recovered; closed before the log is.
 */
public final class GroupHost implements AutoCloseable {
  private static final long MAX_QUEUED_BYTES_PER_GROUP = 64L << 20;
  static final long STUCK_APPLY_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** To wake and to rest again costs less than the heartbeats of two intervals. */
  private static final int QUIESCE_AFTER_HEARTBEATS = 3;

  private static final int WATCHDOG_MILLIS = 1_000;

  private final List<GroupLoop> loops;
  private final Ticker clock;
  private final Workers workers;
  private final ScheduledFuture<?> watchdog;
  private final PeerConnections peers;
  private final PeerConnections snapshotPeers;
  private final RaftPeering peering;
  private final PeerNodes nodes;
  private final GroupManager manager;

  /**
   * Starts every recovered group; they reach their peers at once, and are reached with the port.
   *
   * @param random makes a source of randomness for each part that needs one
   */
  public GroupHost(
      NodeConfig config,
      NodeIdentity identity,
      NodeLog log,
      NodeTransport transport,
      Optional<NodeTls> tls,
      SnapshotStore snapshots,
      StateMachineFactory stateMachines,
      Workers workers,
      Supplier<RandomGenerator> random,
      PortMetrics metrics) {
    NodeRef self = new NodeRef(identity.nodeId(), identity.incarnation());
    Recovered recovered = log.recovered();
    long heartbeatNanos = TimeUnit.MILLISECONDS.toNanos(config.heartbeatMillis());
    loops =
        transport.eachLoop().stream()
            .map(loop -> new GroupLoop(loop, log, heartbeatNanos))
            .toList();
    var executor = loops.get(0).eventLoop();
    clock = executor.ticker();
    this.workers = workers;
    watchdog =
        executor.scheduleWithFixedDelay(
            () -> {
              workers.watch(clock.nanoTime());
              log.checkSpace();
            },
            WATCHDOG_MILLIS,
            WATCHDOG_MILLIS,
            TimeUnit.MILLISECONDS);
    Tombstones tombstones = new Tombstones(recovered);
    PeerRegister register = new PeerRegister(self, log, recovered.peers().values(), executor);
    FrameLimits frameLimits =
        new FrameLimits(config.limits().maxFrameBytes(), FrameLimits.DEFAULT.maxEntries());
    peering =
        new RaftPeering(
            new RaftGroupDispatcher(tombstones::absence, clock::nanoTime),
            Hello.of(self.nodeId(), self.incarnation(), identity.bootNumber(), frameLimits),
            register,
            config.plaintextPeers(),
            tls,
            config.limits(),
            IncompleteFrames.of(config.limits()),
            metrics);
    peers = new PeerConnections(transport, peering, random);
    snapshotPeers = new PeerConnections(transport, peering, random);
    Duration heartbeat = Duration.ofMillis(config.heartbeatMillis());
    RaftConfig raftConfig =
        RaftConfig.of(Duration.ofMillis(config.electionTimeoutMillis()), heartbeat)
            .withQuiescenceAfter(heartbeat.multipliedBy(QUIESCE_AFTER_HEARTBEATS));
    NodeHealth health =
        new NodeHealth(loops, log, clock::nanoTime, raftConfig.electionTimeoutNanos());
    nodes =
        new PeerNodes(
            self,
            identity.bootNumber(),
            raftConfig,
            peers,
            health,
            resting -> manager().leads(resting.groupId(), resting.leaderServerId(), resting.term()),
            loops);
    peering.dispatcher().registerNode(nodes);
    register.addListener(nodes::showsBoot);
    GroupContext context =
        new GroupContext(
            raftConfig,
            TimeUnit.MILLISECONDS.toNanos(config.requestTimeoutMillis()),
            MAX_QUEUED_BYTES_PER_GROUP,
            log::overloaded,
            log::noSpace,
            peers,
            nodes,
            health,
            new Pools(workers.apply(), workers.longTasks(), clock::nanoTime),
            SnapshotContext.of(config.snapshots(), snapshots, snapshotPeers),
            STUCK_APPLY_NANOS,
            new ChangeFeed(),
            random);
    manager =
        new GroupManager(
            self,
            log,
            recovered,
            stateMachines,
            peering.dispatcher(),
            tombstones,
            context,
            loops,
            executor);
  }

  /** The groups. */
  public GroupManager manager() {
    return manager;
  }

  /** What incoming Raft connections need. */
  public RaftPeering peering() {
    return peering;
  }

  /** How long ago the slowest event loop last turned, in nanoseconds. */
  public long longestLoopSilenceNanos() {
    long now = clock.nanoTime();
    return loops.stream().mapToLong(loop -> now - loop.lastTurnNanos()).max().orElse(0);
  }

  /** How often a group held its event loop for longer than its slice. */
  public long longSlices() {
    return loops.stream().mapToLong(GroupLoop::longSlices).sum();
  }

  /** Stops the groups, then what they run on; the event loops stay. */
  @Override
  public void close() {
    try {
      manager.stop().get(5, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException("groups do not stop", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    nodes.close();
    peers.close();
    snapshotPeers.close();
    watchdog.cancel(false);
    workers.close();
  }
}
