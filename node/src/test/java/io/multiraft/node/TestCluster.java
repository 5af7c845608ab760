package io.multiraft.node;

import io.multiraft.node.group.AddResult;
import io.multiraft.node.group.GroupSpec;
import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.TrustedProxies;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.ServerConfig;
import io.netty.channel.ChannelPipeline;
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
import org.awaitility.Awaitility;

/** Nodes in this process, with real sockets and disks. */
final class TestCluster implements AutoCloseable {
  static final String TOKEN = "test-token";

  private final Path directory;
  private final Map<Integer, Integer> ports = new TreeMap<>();
  private final Map<Integer, MultiraftNode> nodes = new TreeMap<>();
  private final Map<Integer, NodeRef> refs = new TreeMap<>();

  TestCluster(Path directory, int size) throws IOException {
    this.directory = directory;
    Files.writeString(directory.resolve("token"), TOKEN);
    List<ServerSocket> reserved = new ArrayList<>();
    for (int id = 1; id <= size; id++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      reserved.add(socket);
      ports.put(id, socket.getLocalPort());
    }
    for (ServerSocket socket : reserved) {
      socket.close();
    }
    for (int id = 1; id <= size; id++) {
      start(id);
    }
  }

  void start(int id) throws IOException {
    String address = "127.0.0.1:" + ports.get(id);
    NodeConfig config =
        new NodeConfig(
            directory.resolve("node-" + id),
            id,
            "node-" + id,
            new InetSocketAddress("127.0.0.1", ports.get(id)),
            address,
            Optional.of(directory.resolve("token")),
            "default",
            TrustedProxies.NONE,
            true,
            Optional.empty(),
            500,
            50,
            10_000,
            10_000,
            2,
            2,
            PortLimits.DEFAULT);
    MultiraftNode node =
        MultiraftNode.start(config, groupId -> new CounterMachine(), manager -> new NoClients());
    nodes.put(id, node);
    refs.put(id, node.self());
  }

  void stop(int id) {
    nodes.remove(id).shutdown(5_000);
  }

  MultiraftNode node(int id) {
    return nodes.get(id);
  }

  InetSocketAddress address(int id) {
    return new InetSocketAddress("127.0.0.1", ports.get(id));
  }

  /** The list that every node of the group is given. */
  List<ServerConfig> members() {
    return refs.values().stream()
        .map(
            ref ->
                ServerConfig.voter(
                    ref.nodeId(), "127.0.0.1:" + ports.get(ref.nodeId()), ref.toAux()))
        .toList();
  }

  GroupSpec spec(int groupId) {
    return new GroupSpec(
        groupId,
        "uid-" + groupId,
        "g" + groupId,
        "default",
        "Delete",
        GroupSpec.Mode.BOOTSTRAP,
        0,
        members());
  }

  void addGroups(List<GroupSpec> specs) throws Exception {
    for (MultiraftNode node : nodes.values()) {
      for (AddResult result : node.groups().add(specs).get(30, TimeUnit.SECONDS)) {
        if (result instanceof AddResult.Refused refused) {
          throw refused.why();
        }
      }
    }
  }

  void addGroup(int groupId) throws Exception {
    addGroups(List.of(spec(groupId)));
  }

  RaftServer member(int nodeId, int groupId) {
    return nodes.get(nodeId).groups().byId(groupId).orElseThrow();
  }

  /** Waits for a leader that every running node knows; returns its node id. */
  int awaitLeader(int groupId) {
    int[] leader = new int[1];
    Awaitility.await("a leader of group " + groupId)
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> (leader[0] = commonLeader(groupId)) != 0);
    return leader[0];
  }

  private int commonLeader(int groupId) {
    int leader = 0;
    for (int id : nodes.keySet()) {
      GroupStatus status = member(id, groupId).status();
      int known = status.leaderNodeId().orElse(0);
      if (known == 0 || !status.caughtUp() || (leader != 0 && known != leader)) {
        return 0;
      }
      leader = known;
    }
    return nodes.containsKey(leader) && member(leader, groupId).status().role() == Role.LEADER
        ? leader
        : 0;
  }

  List<String> commands(int nodeId, int groupId) {
    return ((CounterMachine) member(nodeId, groupId).stateMachine()).commands();
  }

  @Override
  public void close() {
    List.copyOf(nodes.keySet()).forEach(this::stop);
  }

  /** These tests use no client protocol: its connections are closed. */
  private static final class NoClients implements MultiraftNode.ClientProtocol {
    @Override
    public void install(ChannelPipeline pipeline) {
      pipeline.channel().close();
    }

    @Override
    public void close() {}
  }
}
