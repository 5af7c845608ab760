package io.multiraft.node.group;

import io.multiraft.node.NodeConfig;
import io.multiraft.node.log.NodeIdentity;
import io.multiraft.node.log.NodeLog;
import io.multiraft.node.log.Recovered;
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
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Puts together what the groups of a node run on: loops, peers, the pool that applies, the manager.
 * Made once the log has been recovered; closed before the log is.
 */
public final class GroupHost implements AutoCloseable {
  private static final long MAX_QUEUED_BYTES_PER_GROUP = 64L << 20;
  private static final long STUCK_APPLY_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int MAX_STUCK_WORKERS = 16;
  private static final int LONG_TASK_THREADS = 2;
  private static final int WATCHDOG_MILLIS = 1_000;

  private final List<GroupLoop> loops;
  private final ApplyPool applyPool;
  private final ExecutorService longTasks;
  private final ScheduledFuture<?> watchdog;
  private final PeerConnections peers;
  private final RaftPeering peering;
  private final GroupManager manager;

  /**
   * Starts every recovered group; they reach their peers at once, and are reached with the port.
   */
  public GroupHost(
      NodeConfig config,
      NodeIdentity identity,
      NodeLog log,
      NodeTransport transport,
      Optional<NodeTls> tls,
      StateMachineFactory stateMachines,
      PortMetrics metrics,
      Consumer<Throwable> onFatal) {
    NodeRef self = new NodeRef(identity.nodeId(), identity.incarnation());
    Recovered recovered = log.recovered();
    loops = transport.eachLoop().stream().map(loop -> new GroupLoop(loop, log)).toList();
    var executor = loops.get(0).eventLoop();
    applyPool = new ApplyPool(config.applyThreads(), MAX_STUCK_WORKERS, STUCK_APPLY_NANOS, onFatal);
    longTasks =
        Executors.newFixedThreadPool(
            LONG_TASK_THREADS, new DefaultThreadFactory("snapshots", true));
    watchdog =
        executor.scheduleWithFixedDelay(
            () -> applyPool.replaceStuck(System.nanoTime()),
            WATCHDOG_MILLIS,
            WATCHDOG_MILLIS,
            TimeUnit.MILLISECONDS);
    Tombstones tombstones = new Tombstones(recovered);
    FrameLimits frameLimits =
        new FrameLimits(config.limits().maxFrameBytes(), FrameLimits.DEFAULT.maxEntries());
    peering =
        new RaftPeering(
            new RaftGroupDispatcher(tombstones::absence),
            Hello.of(self.nodeId(), self.incarnation(), identity.bootNumber(), frameLimits),
            new PeerRegister(self, log, recovered.peers().values(), executor),
            config.plaintextPeers(),
            tls,
            config.limits(),
            metrics);
    peers = new PeerConnections(transport, peering);
    GroupContext context =
        new GroupContext(
            RaftConfig.of(
                Duration.ofMillis(config.electionTimeoutMillis()),
                Duration.ofMillis(config.heartbeatMillis())),
            TimeUnit.MILLISECONDS.toNanos(config.requestTimeoutMillis()),
            MAX_QUEUED_BYTES_PER_GROUP,
            log::overloaded,
            peers,
            new Pools(applyPool, task -> longTasks.execute(() -> runOrDie(task, onFatal))),
            STUCK_APPLY_NANOS,
            new ChangeFeed());
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

  /** An error of the virtual machine in a state machine leaves nothing that could be trusted. */
  private static void runOrDie(Runnable command, Consumer<Throwable> onFatal) {
    try {
      command.run();
    } catch (Throwable t) {
      onFatal.accept(t);
    }
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
    long now = System.nanoTime();
    return loops.stream().mapToLong(loop -> now - loop.lastTurnNanos()).max().orElse(0);
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
    peers.close();
    watchdog.cancel(false);
    applyPool.close();
    longTasks.shutdown();
  }
}
