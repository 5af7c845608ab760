package io.multiraft.node;

import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.TrustedProxies;
import io.multiraft.node.port.tls.TlsConfig;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What a node is started with.
 *
 * @param dataDirectory holds identity, log and snapshots; belongs to this node alone
 * @param nodeId the node's id, 1 and up; fixed at the first start
 * @param name for people, the pod's name in a cluster
 * @param listen address of the shared port
 * @param advertise {@code host:port} under which peers and clients reach this node
 * @param tokenFile holds the cluster's token; empty: every call under {@code /v1} is refused
 * @param clusterNamespace where a group named by one label is looked up
 * @param trustedProxies whose PROXY headers are believed
 * @param plaintextPeers whether frames of groups other than 0 are taken without TLS
 * @param tls certificates; empty: everything is plain text
 * @param electionTimeoutMillis lower bound of the randomized election timeout; the upper is twice
 *     it
 * @param heartbeatMillis interval of a leader's heartbeats
 * @param shutdownTimeoutMillis how long {@code shutdown} may take
 * @param requestTimeoutMillis how long a proposal or a read may wait for its outcome
 * @param loopThreads event loops, shared by connections and groups
 * @param applyThreads threads that apply committed entries
 * @param snapshots when snapshots are taken and how many travel
 * @param limits bounds of the shared port
 */
public record NodeConfig(
    Path dataDirectory,
    int nodeId,
    String name,
    InetSocketAddress listen,
    String advertise,
    Optional<Path> tokenFile,
    String clusterNamespace,
    TrustedProxies trustedProxies,
    boolean plaintextPeers,
    Optional<TlsConfig> tls,
    int electionTimeoutMillis,
    int heartbeatMillis,
    int shutdownTimeoutMillis,
    int requestTimeoutMillis,
    int loopThreads,
    int applyThreads,
    SnapshotConfig snapshots,
    PortLimits limits) {
  /**
   * Checks what does not need a disk or a socket.
   *
   * @throws IllegalArgumentException naming the option that is wrong
   */
  public NodeConfig {
    Objects.requireNonNull(dataDirectory, "dataDirectory");
    Objects.requireNonNull(listen, "listen");
    Objects.requireNonNull(snapshots, "snapshots");
    Objects.requireNonNull(tokenFile, "tokenFile");
    Objects.requireNonNull(tls, "tls");
    check(nodeId >= 1, "node id must be 1 or more");
    check(advertise.matches("[^\\s:]+:[0-9]{1,5}"), "advertise must be HOST:PORT: " + advertise);
    check(heartbeatMillis >= 10, "heartbeat must be at least 10 ms");
    check(
        electionTimeoutMillis >= 5 * heartbeatMillis,
        "election timeout must be at least 5 heartbeats ("
            + 5 * heartbeatMillis
            + " ms), is "
            + electionTimeoutMillis);
    check(shutdownTimeoutMillis >= 0, "shutdown timeout must not be negative");
    check(requestTimeoutMillis > 0, "request timeout must be positive");
    check(loopThreads >= 1, "at least one event loop is needed");
    check(applyThreads >= 1, "at least one apply thread is needed");
  }

  private static void check(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
