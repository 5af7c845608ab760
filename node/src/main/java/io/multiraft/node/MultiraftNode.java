package io.multiraft.node;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.multiraft.node.api.admin.AdminRoutes;
import io.multiraft.node.api.admin.NodeInfo;
import io.multiraft.node.api.admin.TokenFile;
import io.multiraft.node.group.GroupHost;
import io.multiraft.node.group.GroupManager;
import io.multiraft.node.group.StateMachineFactory;
import io.multiraft.node.group.WorkerThreads;
import io.multiraft.node.log.FileLayer;
import io.multiraft.node.log.LogMetrics;
import io.multiraft.node.log.NioFileLayer;
import io.multiraft.node.log.NodeIdentity;
import io.multiraft.node.log.NodeLog;
import io.multiraft.node.log.NodeLogConfig;
import io.multiraft.node.log.SnapshotStore;
import io.multiraft.node.port.PortMetrics;
import io.multiraft.node.port.PortProtocols;
import io.multiraft.node.port.PortRules;
import io.multiraft.node.port.SharedPort;
import io.multiraft.node.port.SocketTransport;
import io.multiraft.node.port.tls.NodeTls;
import io.multiraft.node.raft.NodeRef;
import io.netty.channel.ChannelPipeline;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running node: identity, log, groups and port, started in this order and stopped in the
 * reverse one. Thread-safe.
 */
public final class MultiraftNode {
  private static final Logger LOG = LoggerFactory.getLogger(MultiraftNode.class);
  private static final int EXIT_FATAL = 70;
  private static final long HAND_OVER_POLL_MILLIS = 50;

  /** Free space that snapshots leave to the log. */
  private static final long SNAPSHOT_RESERVE_BYTES = 64L << 20;

  private interface Step {
    void run() throws Exception;
  }

  /** What clients speak over HTTP/2 on the shared port. */
  public interface ClientProtocol extends AutoCloseable {
    /** Builds the pipeline of a connection that speaks HTTP/2. */
    void install(ChannelPipeline pipeline);

    @Override
    void close();
  }

  /** Starts a client protocol over the node's groups. */
  @FunctionalInterface
  public interface ClientProtocolFactory {
    /** Called once, when the groups run and the port is not open yet. */
    ClientProtocol start(GroupManager groups) throws IOException;
  }

  private final NodeConfig config;
  private final StateMachineFactory stateMachines;
  private final ClientProtocolFactory clientProtocol;
  private final Deque<Step> undo = new ArrayDeque<>();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private GroupHost groups;
  private NodeProbes probes;
  private SharedPort port;
  private NodeRef self;
  private boolean stopped;

  private MultiraftNode(
      NodeConfig config, StateMachineFactory stateMachines, ClientProtocolFactory clientProtocol) {
    this.config = config;
    this.stateMachines = stateMachines;
    this.clientProtocol = clientProtocol;
  }

  /**
   * Recovers what is on disk, starts the groups and opens the port.
   *
   * @param stateMachines what the groups replicate
   * @param clientProtocol what clients speak to them
   * @throws IOException if the data directory, the token file or the port cannot be used; its
   *     message is for people
   */
  public static MultiraftNode start(
      NodeConfig config, StateMachineFactory stateMachines, ClientProtocolFactory clientProtocol)
      throws IOException {
    return start(config, stateMachines, clientProtocol, new NioFileLayer());
  }

  /** The same on other files than the real ones. */
  static MultiraftNode start(
      NodeConfig config,
      StateMachineFactory stateMachines,
      ClientProtocolFactory clientProtocol,
      FileLayer files)
      throws IOException {
    MultiraftNode node = new MultiraftNode(config, stateMachines, clientProtocol);
    try {
      node.start(files);
      return node;
    } catch (IOException | RuntimeException e) {
      node.undoAll();
      throw e;
    }
  }

  private void start(FileLayer files) throws IOException {
    TokenFile token = new TokenFile(config.tokenFile());
    NodeIdentity identity = NodeIdentity.open(files, config.dataDirectory(), config.nodeId());
    undo.push(identity::close);
    Optional<NodeTls> tls = startTls();
    SocketTransport transport = new SocketTransport(config.loopThreads());
    undo.push(transport::close);
    long recoveryStart = System.nanoTime();
    NodeLog log =
        NodeLog.open(
            files, config.dataDirectory(), NodeLogConfig.of(identity), MultiraftNode::fatal);
    undo.push(log::close);
    LOG.info(
        "Node {} ({}), incarnation {}, boot {}: recovered {} groups in {} ms",
        identity.nodeId(),
        config.name(),
        identity.incarnation(),
        identity.bootNumber(),
        log.recovered().groups().size(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - recoveryStart));
    SnapshotStore snapshots =
        SnapshotStore.open(files, config.dataDirectory(), SNAPSHOT_RESERVE_BYTES);
    snapshots.retain(
        log.recovered().groups().stream().map(group -> group.log().groupId()).toList());
    PortMetrics portMetrics = new PortMetrics(registry);
    groups =
        new GroupHost(
            config,
            identity,
            log,
            transport,
            tls,
            snapshots,
            stateMachines,
            new WorkerThreads(config.applyThreads(), MultiraftNode::fatal),
            RandomGenerator::getDefault,
            portMetrics);
    undo.push(groups::close);
    probes = new NodeProbes(groups, log, registry);
    bindMetrics(log);
    openPort(identity, token, transport, tls, portMetrics);
  }

  private Optional<NodeTls> startTls() throws IOException {
    if (config.tls().isEmpty()) {
      return Optional.empty();
    }
    NodeTls tls = NodeTls.start(config.tls().get(), config.nodeId(), registry);
    undo.push(tls::close);
    return Optional.of(tls);
  }

  private void openPort(
      NodeIdentity identity,
      TokenFile token,
      SocketTransport transport,
      Optional<NodeTls> tls,
      PortMetrics portMetrics)
      throws IOException {
    self = new NodeRef(identity.nodeId(), identity.incarnation());
    NodeInfo info =
        new NodeInfo(
            self, identity.bootNumber(), config.name(), config.advertise(), NodeVersion.CURRENT);
    ClientProtocol clients = clientProtocol.start(groups.manager());
    undo.push(clients::close);
    AdminRoutes admin =
        new AdminRoutes(
            info,
            groups.manager(),
            token,
            probes,
            portMetrics,
            config.limits().maxMessageSeconds());
    port =
        SharedPort.bind(
            config.listen(),
            transport,
            new PortRules(
                new PortProtocols(groups.peering()::install, admin::install, clients::install),
                config.trustedProxies(),
                tls,
                config.limits(),
                portMetrics));
    undo.push(port::close);
    if (tls.isEmpty()) {
      LOG.warn("Plain text: clients are taken without TLS, since no certificate is configured");
    }
    if (config.plaintextPeers()) {
      LOG.warn("Plain text: frames of every group are taken without TLS, as was asked for");
    }
    LOG.info("Listening on {}, reached as {}", port.address(), config.advertise());
  }

  private void bindMetrics(NodeLog log) {
    GroupManager manager = groups.manager();
    Gauge.builder("multiraft.groups", manager, GroupManager::count)
        .description("Groups with a member on this node")
        .register(registry);
    Gauge.builder("multiraft.groups.led", manager, GroupManager::countLed)
        .description("Groups led by this node")
        .register(registry);
    Gauge.builder("multiraft.groups.resting", manager, GroupManager::countResting)
        .description("Groups in which nothing happens: they send nothing")
        .register(registry);
    FunctionCounter.builder("multiraft.loop.long.slices", groups, GroupHost::longSlices)
        .description("How often a group held an event loop for more than a millisecond")
        .register(registry);
    Gauge.builder("multiraft.log.pending", log, NodeLog::pendingBytes)
        .baseUnit("bytes")
        .description("Bytes that wait for the log's next sync")
        .register(registry);
    counter(log, "multiraft.log.syncs", "Syncs of the log", LogMetrics::syncs);
    counter(log, "multiraft.log.batches", "Batches made durable", LogMetrics::batches);
    counter(log, "multiraft.log.written.bytes", "Bytes written to the log", LogMetrics::bytes);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    JvmGcMetrics gc = new JvmGcMetrics();
    gc.bindTo(registry);
    undo.push(gc::close);
  }

  private void counter(
      NodeLog log,
      String name,
      String description,
      java.util.function.ToLongFunction<LogMetrics> value) {
    FunctionCounter.builder(name, log, of -> value.applyAsLong(of.metrics()))
        .description(description)
        .register(registry);
  }

  /** The address of the shared port. */
  public InetSocketAddress address() {
    return port.address();
  }

  /** This node's id and incarnation. */
  public NodeRef self() {
    return self;
  }

  /** The groups of this node. */
  public GroupManager groups() {
    return groups.manager();
  }

  /**
   * Hands leaders over, as long as that helps and half the time allows, then stops. Every further
   * call returns at once.
   *
   * @param timeoutMillis how long this may take
   */
  public synchronized void shutdown(long timeoutMillis) {
    if (stopped) {
      return;
    }
    stopped = true;
    LOG.info("Shutting down");
    probes.shuttingDown();
    handLeadersOver(timeoutMillis / 2);
    undoAll();
    LOG.info("Stopped");
  }

  private void handLeadersOver(long timeoutMillis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    groups.manager().drain(true);
    int led = groups.manager().handLeadersOver();
    int before = led;
    try {
      while (led > 0 && System.nanoTime() - deadline < 0) {
        Thread.sleep(HAND_OVER_POLL_MILLIS);
        led = groups.manager().handLeadersOver();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (before > 0) {
      LOG.info("Handed over {} of {} leaders", before - led, before);
    }
  }

  private void undoAll() {
    while (!undo.isEmpty()) {
      try {
        undo.pop().run();
      } catch (Exception e) {
        LOG.warn("A step of stopping failed", e);
      }
    }
  }

  /**
   * What was acknowledged may not be on disk, or the JVM is broken: nothing may be said any more.
   */
  private static void fatal(Throwable cause) {
    LOG.error("Fatal, the process ends at once: {}", cause.toString(), cause);
    Runtime.getRuntime().halt(EXIT_FATAL);
  }
}
