package io.multiraft.node;

import io.multiraft.node.group.AddResult;
import io.multiraft.node.group.GroupSpec;
import io.multiraft.node.group.StateMachineFactory;
import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.TrustedProxies;
import io.multiraft.node.raft.MembershipChange;
import io.multiraft.node.raft.MembershipResult;
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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Nodes in this process, with real sockets and disks. */
final class TestCluster implements AutoCloseable {
  static final String TOKEN = "test-token";

  private final Path directory;
  private final SnapshotConfig snapshots;
  private final StateMachineFactory stateMachines;
  private final Map<Integer, Integer> ports = new TreeMap<>();
  private final Map<Integer, MultiraftNode> nodes = new TreeMap<>();
  private final Map<Integer, FreezableFiles> files = new TreeMap<>();
  private final Map<Integer, NodeRef> refs = new TreeMap<>();

  TestCluster(Path directory, int size) throws IOException {
    this(directory, size, SnapshotConfig.DEFAULT, groupId -> new CounterMachine());
  }

  TestCluster(Path directory, int size, SnapshotConfig snapshots, StateMachineFactory stateMachines)
      throws IOException {
    this.directory = directory;
    this.snapshots = snapshots;
    this.stateMachines = stateMachines;
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
            snapshots,
            PortLimits.DEFAULT);
    MultiraftNode node =
        MultiraftNode.start(config, stateMachines, manager -> new NoClients(), files(id));
    nodes.put(id, node);
    refs.put(id, node.self());
  }

  void stop(int id) {
    nodes.remove(id).shutdown(5_000);
  }

  /** What the node keeps its data on. */
  FreezableFiles files(int id) {
    return files.computeIfAbsent(id, same -> new FreezableFiles());
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

  /** Makes a group on the nodes of these members only. */
  void addGroup(int groupId, List<ServerConfig> members) throws Exception {
    GroupSpec like = spec(groupId);
    GroupSpec spec =
        new GroupSpec(
            groupId,
            like.uid(),
            like.name(),
            like.namespace(),
            like.deletionPolicy(),
            GroupSpec.Mode.BOOTSTRAP,
            0,
            members);
    for (ServerConfig member : members) {
      int node = NodeRef.fromAux(member.aux()).orElseThrow().nodeId();
      node(node).groups().add(List.of(spec)).get(30, TimeUnit.SECONDS);
    }
  }

  RaftServer member(int nodeId, int groupId) {
    return nodes.get(nodeId).groups().byId(groupId).orElseThrow();
  }

  /** Empties a node's disk: when it is started again it is another incarnation. */
  void wipe(int id) throws IOException {
    stop(id);
    Path data = directory.resolve("node-" + id);
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** The member that a node as it is now would be, as a learner. */
  ServerConfig learner(int nodeId, int serverId) {
    return ServerConfig.voter(
            serverId, "127.0.0.1:" + ports.get(nodeId), nodes.get(nodeId).self().toAux())
        .asLearner();
  }

  /** Makes an empty member on a node. */
  void join(int nodeId, int groupId, int serverId, List<ServerConfig> members) throws Exception {
    GroupSpec like = spec(groupId);
    GroupSpec join =
        new GroupSpec(
            groupId,
            like.uid(),
            like.name(),
            like.namespace(),
            like.deletionPolicy(),
            GroupSpec.Mode.JOIN,
            serverId,
            members);
    AddResult result = node(nodeId).groups().add(List.of(join)).get(30, TimeUnit.SECONDS).get(0);
    if (result instanceof AddResult.Refused refused) {
      throw refused.why();
    }
  }

  /** The node that leads the group now, 0 if none says so. */
  int leaderNow(int groupId) {
    return nodes.entrySet().stream()
        .filter(
            node ->
                node.getValue()
                    .groups()
                    .byId(groupId)
                    .filter(member -> member.status().role() == Role.LEADER)
                    .isPresent())
        .mapToInt(Map.Entry::getKey)
        .findFirst()
        .orElse(0);
  }

  /**
   * Changes the members at whoever leads, again until it is done: leaders change, and a learner may
   * not have caught up yet.
   */
  void change(int groupId, MembershipChange change) {
    Awaitility.await(change.toString())
        .atMost(120, TimeUnit.SECONDS)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .until(() -> tryChange(groupId, change));
  }

  private boolean tryChange(int groupId, MembershipChange change) throws Exception {
    int leader = leaderNow(groupId);
    if (leader == 0) {
      return false;
    }
    RaftServer server = member(leader, groupId);
    long expected = server.status().configurationIndex();
    try {
      server.changeMembership(expected, change).get(30, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MembershipException refused
          && refused.why() instanceof MembershipResult.UnknownServer
          && change instanceof MembershipChange.Remove) {
        return true; // an earlier try worked although its end was not seen
      }
      if (e.getCause() instanceof MembershipException || e.getCause() instanceof RaftException) {
        return false;
      }
      throw e;
    }
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
      if (nodes.get(id).groups().byId(groupId).isEmpty()) {
        continue;
      }
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
