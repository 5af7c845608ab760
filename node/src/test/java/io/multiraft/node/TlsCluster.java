package io.multiraft.node;

import io.multiraft.node.group.AddResult;
import io.multiraft.node.group.GroupSpec;
import io.multiraft.node.kv.KeyValueStateMachine;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Nodes in this process that serve etcd's API over TLS, with certificates of one authority. */
final class TlsCluster implements AutoCloseable {
  static final String TOKEN = "test-token";
  static final int POLL_MILLIS = 50;

  final TestPki pki = new TestPki("ca");
  private final Path directory;
  private final boolean plaintextPeers;
  private final PortLimits limits;
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
      pki.write(tlsDirectory(id), pki.node(id));
      start(id, providers[id - 1]);
    }
  }

  Path tlsDirectory(int id) {
    return directory.resolve("tls-" + id);
  }

  private void start(int id, Provider provider) throws IOException {
    Path tls = tlsDirectory(id);
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
            Optional.of(
                new TlsConfig(
                    new io.multiraft.node.port.tls.TlsFiles(
                        tls.resolve("tls.crt"), tls.resolve("tls.key"), tls.resolve("ca.crt")),
                    TestPki.CLUSTER,
                    provider,
                    POLL_MILLIS)),
            500,
            50,
            10_000,
            10_000,
            2,
            2,
            limits);
    MultiraftNode node =
        MultiraftNode.start(
            config,
            groupId -> new KeyValueStateMachine(),
            groups -> EtcdProtocol.start(groups, config));
    nodes.put(id, node);
    refs.put(id, node.self());
  }

  InetSocketAddress address(int id) {
    return new InetSocketAddress("127.0.0.1", ports.get(id));
  }

  MultiraftNode node(int id) {
    return nodes.get(id);
  }

  /** Makes a group on every node and returns once it has a leader. */
  void addGroup(int groupId, String name) throws Exception {
    List<ServerConfig> members =
        refs.values().stream()
            .map(
                ref ->
                    ServerConfig.voter(
                        ref.nodeId(), "127.0.0.1:" + ports.get(ref.nodeId()), ref.toAux()))
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
    for (MultiraftNode node : nodes.values()) {
      for (AddResult result : node.groups().add(List.of(spec)).get(30, TimeUnit.SECONDS)) {
        if (result instanceof AddResult.Refused refused) {
          throw refused.why();
        }
      }
    }
    for (MultiraftNode node : nodes.values()) {
      node.groups().byId(groupId).orElseThrow().readBarrier().get(60, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    nodes.values().forEach(node -> node.shutdown(5_000));
  }
}
