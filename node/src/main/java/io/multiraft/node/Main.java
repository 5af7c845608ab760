package io.multiraft.node;

import io.multiraft.node.kv.KeyValueStateMachine;
import io.multiraft.node.kv.LeaseHolders;
import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.TrustedProxies;
import io.multiraft.node.port.tls.TlsConfig;
import io.multiraft.node.port.tls.TlsFiles;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.Security;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The node's command line. Every option is also an environment variable, named in its help. */
@Command(
    name = "multiraft-node",
    mixinStandardHelpOptions = true,
    versionProvider = Main.VersionProvider.class,
    sortOptions = false,
    description = "Hosts many Raft groups behind one port, each an etcd v3 endpoint.")
public final class Main implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);
  private static final int EXIT_USAGE = 2;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      defaultValue = "${env:MULTIRAFT_DATA}",
      description = "Data directory of this node alone. [MULTIRAFT_DATA]")
  private Path data;

  @Option(
      names = "--node-id",
      paramLabel = "N",
      defaultValue = "${env:MULTIRAFT_NODE_ID}",
      description = "The node's id, 1 and up; fixed at the first start. [MULTIRAFT_NODE_ID]")
  private Integer nodeId;

  @Option(
      names = "--ordinal",
      paramLabel = "N",
      defaultValue = "${env:MULTIRAFT_ORDINAL}",
      description =
          "In place of --node-id: a StatefulSet pod's ordinal; the id is one more."
              + " [MULTIRAFT_ORDINAL]")
  private Integer ordinal;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "${env:MULTIRAFT_NAME}",
      description = "Name for people; default node-<id>. [MULTIRAFT_NAME]")
  private String name;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:MULTIRAFT_LISTEN:-0.0.0.0:2379}",
      description = "The one address to listen on; default 0.0.0.0:2379. [MULTIRAFT_LISTEN]")
  private String listen;

  @Option(
      names = "--advertise",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:MULTIRAFT_ADVERTISE}",
      description =
          "Where peers reach this node; default --listen, with the machine's host name for a"
              + " wildcard. [MULTIRAFT_ADVERTISE]")
  private String advertise;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      defaultValue = "${env:MULTIRAFT_TOKEN_FILE}",
      description =
          "The cluster's token, needed for every call under /v1; without one they are all"
              + " refused. [MULTIRAFT_TOKEN_FILE]")
  private Path tokenFile;

  @Option(
      names = "--cluster-namespace",
      paramLabel = "NAME",
      defaultValue = "${env:MULTIRAFT_CLUSTER_NAMESPACE:-default}",
      description =
          "Where a group named by one label is looked up; default 'default'."
              + " [MULTIRAFT_CLUSTER_NAMESPACE]")
  private String clusterNamespace;

  @Option(
      names = "--proxy-trusted",
      paramLabel = "CIDR",
      split = ",",
      defaultValue = "${env:MULTIRAFT_PROXY_TRUSTED}",
      description =
          "Networks whose PROXY protocol v2 headers are believed; default none."
              + " [MULTIRAFT_PROXY_TRUSTED]")
  private List<String> proxyTrusted;

  @Option(
      names = "--plaintext-peers",
      defaultValue = "${env:MULTIRAFT_PLAINTEXT_PEERS:-false}",
      description =
          "Take Raft frames of every group without TLS. Say it only where the network is"
              + " trusted. [MULTIRAFT_PLAINTEXT_PEERS]")
  private boolean plaintextPeers;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      defaultValue = "${env:MULTIRAFT_TLS_CERT}",
      description =
          "The node's certificate in PEM, intermediate ones behind it; with --tls-key and --tls-ca"
              + " it turns TLS on. All three are read again when they change. [MULTIRAFT_TLS_CERT]")
  private Path tlsCert;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      defaultValue = "${env:MULTIRAFT_TLS_KEY}",
      description = "The certificate's key in PEM, PKCS #8. [MULTIRAFT_TLS_KEY]")
  private Path tlsKey;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      defaultValue = "${env:MULTIRAFT_TLS_CA}",
      description = "The certificate authorities of nodes and clients, in PEM. [MULTIRAFT_TLS_CA]")
  private Path tlsCa;

  @Option(
      names = "--tls-provider",
      paramLabel = "NAME",
      defaultValue = "${env:MULTIRAFT_TLS_PROVIDER:-AUTO}",
      description =
          "JDK, OPENSSL (BoringSSL, built in) or AUTO, which takes OPENSSL where it can be loaded;"
              + " default AUTO. [MULTIRAFT_TLS_PROVIDER]")
  private TlsConfig.Provider tlsProvider;

  @Option(
      names = "--cluster-name",
      paramLabel = "NAME",
      defaultValue = "${env:MULTIRAFT_CLUSTER_NAME}",
      description =
          "The cluster as roles in certificates name it, such as demo.default; needed with TLS."
              + " [MULTIRAFT_CLUSTER_NAME]")
  private String clusterName;

  @Option(
      names = "--election-timeout-millis",
      paramLabel = "N",
      defaultValue = "${env:MULTIRAFT_ELECTION_TIMEOUT_MILLIS:-1000}",
      description =
          "Without a leader for N to 2N ms a member campaigns; default 1000."
              + " [MULTIRAFT_ELECTION_TIMEOUT_MILLIS]")
  private int electionTimeoutMillis;

  @Option(
      names = "--heartbeat-millis",
      paramLabel = "N",
      defaultValue = "${env:MULTIRAFT_HEARTBEAT_MILLIS:-100}",
      description = "A leader's heartbeat interval; default 100. [MULTIRAFT_HEARTBEAT_MILLIS]")
  private int heartbeatMillis;

  @Option(
      names = "--shutdown-timeout-millis",
      paramLabel = "N",
      defaultValue = "${env:MULTIRAFT_SHUTDOWN_TIMEOUT_MILLIS:-20000}",
      description =
          "Time to hand leaders over and stop after SIGTERM; default 20000."
              + " [MULTIRAFT_SHUTDOWN_TIMEOUT_MILLIS]")
  private int shutdownTimeoutMillis;

  @Option(
      names = "--request-timeout-millis",
      paramLabel = "N",
      defaultValue = "${env:MULTIRAFT_REQUEST_TIMEOUT_MILLIS:-7000}",
      description =
          "How long a write or a read waits for its outcome; default 7000."
              + " [MULTIRAFT_REQUEST_TIMEOUT_MILLIS]")
  private int requestTimeoutMillis;

  @Option(
      names = "--snapshot-distance-entries",
      paramLabel = "N",
      defaultValue = "${env:MULTIRAFT_SNAPSHOT_DISTANCE_ENTRIES:-20000}",
      description =
          "A group takes a snapshot after N entries; default 20000."
              + " [MULTIRAFT_SNAPSHOT_DISTANCE_ENTRIES]")
  private int snapshotDistanceEntries;

  @Option(
      names = "--snapshot-distance-bytes",
      paramLabel = "N",
      defaultValue = "${env:MULTIRAFT_SNAPSHOT_DISTANCE_BYTES:-67108864}",
      description =
          "Or after N bytes of commands; default 67108864."
              + " [MULTIRAFT_SNAPSHOT_DISTANCE_BYTES]")
  private long snapshotDistanceBytes;

  @Spec private CommandLine.Model.CommandSpec spec;

  /** Starts a node and exits when it has ended. */
  public static void main(String[] args) {
    // A pod that comes back has another address: the JVM must not remember the old one.
    Security.setProperty("networkaddress.cache.ttl", "1");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
    // With TLS 1.2 a client could make the node do the dear half of a handshake again and again.
    System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    NodeConfig config = config();
    MultiraftNode node;
    try {
      LeaseHolders leases = new LeaseHolders();
      node =
          MultiraftNode.start(
              config,
              groupId -> new KeyValueStateMachine(groupId, leases, System::nanoTime),
              groups -> EtcdProtocol.start(groups, leases, config));
    } catch (java.io.IOException e) {
      LOG.error("Cannot start: {}", e.getMessage());
      LOG.debug("Cannot start", e);
      return CommandLine.ExitCode.SOFTWARE;
    }
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  node.shutdown(config.shutdownTimeoutMillis());
                  stopped.countDown();
                  // The JVM's exit code after a signal is 128 + its number; this stop was clean.
                  Runtime.getRuntime().halt(CommandLine.ExitCode.OK);
                },
                "shutdown"));
    stopped.await();
    return CommandLine.ExitCode.OK;
  }

  private NodeConfig config() {
    int id = nodeId();
    InetSocketAddress address = address("--listen", listen);
    int processors = Runtime.getRuntime().availableProcessors();
    try {
      return new NodeConfig(
          data,
          id,
          name == null || name.isEmpty() ? "node-" + id : name,
          address,
          advertise == null || advertise.isEmpty() ? defaultAdvertise(address) : advertise,
          Optional.ofNullable(tokenFile),
          clusterNamespace,
          proxyTrusted == null ? TrustedProxies.NONE : TrustedProxies.of(proxyTrusted),
          plaintextPeers,
          tls(),
          electionTimeoutMillis,
          heartbeatMillis,
          shutdownTimeoutMillis,
          requestTimeoutMillis,
          Math.max(1, Math.min(8, processors)),
          Math.max(2, Math.min(8, processors)),
          snapshots(),
          PortLimits.DEFAULT);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private SnapshotConfig snapshots() {
    SnapshotConfig defaults = SnapshotConfig.DEFAULT;
    return new SnapshotConfig(
        snapshotDistanceEntries,
        snapshotDistanceBytes,
        Math.min(defaults.tailEntries(), snapshotDistanceEntries),
        Math.min(defaults.tailBytes(), snapshotDistanceBytes),
        defaults.maxTakenAtOnce(),
        defaults.maxSentAtOnce(),
        defaults.maxReceivedAtOnce());
  }

  private Optional<TlsConfig> tls() {
    boolean any = tlsCert != null || tlsKey != null || tlsCa != null;
    if (!any) {
      return Optional.empty();
    }
    if (tlsCert == null || tlsKey == null || tlsCa == null || clusterName == null) {
      throw new IllegalArgumentException(
          "TLS needs all of --tls-cert, --tls-key, --tls-ca and --cluster-name");
    }
    return Optional.of(
        new TlsConfig(
            new TlsFiles(tlsCert, tlsKey, tlsCa),
            clusterName,
            tlsProvider,
            TlsConfig.DEFAULT_POLL_MILLIS));
  }

  private int nodeId() {
    if ((nodeId == null) == (ordinal == null)) {
      throw new ParameterException(
          spec.commandLine(), "exactly one of --node-id and --ordinal is needed");
    }
    return nodeId != null ? nodeId : ordinal + 1;
  }

  private InetSocketAddress address(String option, String text) {
    int colon = text.lastIndexOf(':');
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      return new InetSocketAddress(InetAddress.getByName(text.substring(0, colon)), port);
    } catch (IndexOutOfBoundsException | IllegalArgumentException | UnknownHostException e) {
      throw new ParameterException(
          spec.commandLine(), option + " must be HOST:PORT with a known host: " + text);
    }
  }

  private static String defaultAdvertise(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    if (address.getAddress().isAnyLocalAddress()) {
      try {
        host = InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        host = "localhost";
      }
    }
    return host + ":" + address.getPort();
  }

  /** The version that the build wrote into the jar. */
  static final class VersionProvider implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"multiraft-node " + NodeVersion.CURRENT};
    }
  }
}
