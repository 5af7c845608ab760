package io.multiraft.node;

import io.multiraft.node.group.AddResult;
import io.multiraft.node.group.GroupSpec;
import io.multiraft.node.kv.KeyValueStateMachine;
import io.multiraft.node.kv.LeaseHolders;
import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.TrustedProxies;
import io.multiraft.node.port.tls.TlsConfig;
import io.multiraft.node.port.tls.TlsConfig.Provider;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.ServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * Nodes in this process that serve etcd's API over TLS, with certificates of one authority; one
 * whose provider is null has no TLS.
 */
final class TlsCluster implements AutoCloseable {
  static final String TOKEN = "test-token";
  static final int POLL_MILLIS = 50;

  final TestPki pki = new TestPki("ca");
  private final Path directory;
  private final boolean plaintextPeers;
  private final PortLimits limits;
  private final Set<Integer> secured = new HashSet<>();
  private final Map<Integer, Integer> ports = new TreeMap<>();
  private final Map<Integer, MultiraftNode> nodes = new TreeMap<>();
  private final Map<Integer, NodeRef> refs = new TreeMap<>();

  TlsCluster(Path directory, boolean plaintextPeers, PortLimits limits, Provider... providers)
      throws Exception {
    this.directory = directory;
    this.plaintextPeers = plaintextPeers;
    this.limits = limits;
    Files.writeString(directory.resolve("token"), TOKEN);
    List<ServerSocket> reserved = new ArrayList<>();
    for (int id = 1; id <= providers.length; id++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      reserved.add(socket);
      ports.put(id, socket.getLocalPort());
    }
    for (ServerSocket socket : reserved) {
      socket.close();
    }
    for (int id = 1; id <= providers.length; id++) {
      pki.mount(tlsDirectory(id), pki.node(id));
      start(id, providers[id - 1]);
    }
  }

  Path tlsDirectory(int id) {
    return directory.resolve("tls-" + id);
  }

  void start(int id, Provider provider) throws IOException {
    if (provider != null) {
      secured.add(id);
    }
    NodeConfig config =
        new NodeConfig(
            directory.resolve("node-" + id),
            id,
            "node-" + id,
            address(id),
            "127.0.0.1:" + ports.get(id),
            Optional.of(directory.resolve("token")),
            "default",
            TrustedProxies.of(List.of("127.0.0.0/8")),
            plaintextPeers,
            Optional.ofNullable(provider)
                .map(
                    known ->
                        new TlsConfig(
                            TestPki.files(tlsDirectory(id)), TestPki.CLUSTER, known, POLL_MILLIS)),
            500,
            50,
            10_000,
            10_000,
            2,
            2,
            SnapshotConfig.DEFAULT,
            limits);
    MultiraftNode node =
        MultiraftNode.start(
            config,
            groupId -> new KeyValueStateMachine(),
            groups -> EtcdProtocol.start(groups, new LeaseHolders(), config));
    nodes.put(id, node);
    refs.put(id, node.self());
  }

  void stop(int id) {
    nodes.remove(id).shutdown(5_000);
  }

  InetSocketAddress address(int id) {
    return new InetSocketAddress("127.0.0.1", ports.get(id));
  }

  MultiraftNode node(int id) {
    return nodes.get(id);
  }

  /** A sample of a node's metrics, read by an administrator; 0 if it is not there. */
  double metric(int id, TestPki issuer, String name) throws Exception {
    return samples(id, issuer).getOrDefault(name, 0.0);
  }

  /** How many connections a node has closed for a reason. */
  double refused(int id, String reason) throws Exception {
    return metric(id, pki, "multiraft_port_refused_total{reason=\"" + reason + "\"}");
  }

  /** A node's metrics by name and labels. */
  Map<String, Double> samples(int id, TestPki issuer) throws Exception {
    try (RawClient plain = RawClient.plain(address(id));
        RawClient admin =
            secured.contains(id)
                ? plain.secure(issuer.clientContext(issuer.admin()), "TLSv1.3", Optional.empty())
                : plain) {
      Map<String, Double> samples = new TreeMap<>();
      String page = admin.http("GET", "/metrics", Optional.empty()).replace("\r", "");
      page.lines()
          .filter(line -> line.matches("[a-z_]+(\\{.*\\})? [-+0-9.eE]+"))
          .forEach(
              line -> {
                int space = line.lastIndexOf(' ');
                samples.put(
                    line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
              });
      return samples;
    }
  }

  /** Makes a group on every node and returns once it can be read from. */
  void addGroup(int groupId, String name) throws Exception {
    addGroup(groupId, name, List.copyOf(nodes.keySet()));
  }

  /** Makes a group on some nodes and returns once it can be read from. */
  void addGroup(int groupId, String name, List<Integer> ids) throws Exception {
    List<ServerConfig> members =
        ids.stream()
            .map(id -> ServerConfig.voter(id, "127.0.0.1:" + ports.get(id), refs.get(id).toAux()))
            .toList();
    GroupSpec spec =
        new GroupSpec(
            groupId,
            "uid-" + groupId,
            name,
            "default",
            "Delete",
            GroupSpec.Mode.BOOTSTRAP,
            0,
            members);
    for (int id : ids) {
      for (AddResult result : nodes.get(id).groups().add(List.of(spec)).get(30, TimeUnit.SECONDS)) {
        if (result instanceof AddResult.Refused refused) {
          throw refused.why();
        }
      }
    }
    ids.forEach(id -> awaitReadable(id, groupId));
  }

  /** Waits until every node that runs can read from the group. */
  void awaitGroup(int groupId) {
    nodes.keySet().forEach(id -> awaitReadable(id, groupId));
  }

  private void awaitReadable(int id, int groupId) {
    Awaitility.await("node " + id + " reads from group " + groupId)
        .atMost(60, TimeUnit.SECONDS)
        .ignoreException(ExecutionException.class)
        .until(
            () -> {
              RaftServer server = nodes.get(id).groups().byId(groupId).orElseThrow();
              server.readBarrier().get(60, TimeUnit.SECONDS);
              return true;
            });
  }

  @Override
  public void close() {
    nodes.values().forEach(node -> node.shutdown(5_000));
  }
}
