package io.multiraft.operator.fake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The nodes of one cluster. They share one lock, and elect leaders by a simple rule: where a
 * majority of a group's members runs, the running member with the lowest server id leads.
 */
public final class FakeFleet implements AutoCloseable {
  private final String name;
  private String token;
  private final Map<Integer, FakeNode> nodes = new TreeMap<>();

  /** Every accepted or refused bootstrap that ever arrived, as {@code id uid members}. */
  private final List<String> bootstraps = new ArrayList<>();

  /** How many requests of each kind arrived: PUT is counted once for each batch. */
  private final Map<String, Integer> requests = new TreeMap<>();

  private final List<String> changes = new ArrayList<>();
  private long terms = 1;
  private boolean leadersStay;

  public FakeFleet(String name, String token) {
    this.name = name;
    this.token = token;
  }

  /** The token is known once the operator has made it. */
  public synchronized void setToken(String newToken) {
    token = newToken;
  }

  /** Starts (or restarts on its disk) the node of an ordinal on a free loopback port. */
  public synchronized FakeNode start(int ordinal) throws IOException {
    return start(ordinal, "127.0.0.1", 0);
  }

  /**
   * Starts (or restarts on its disk) the node of an ordinal.
   *
   * @param port 0 for a free one, which it keeps over restarts
   */
  public synchronized FakeNode start(int ordinal, String host, int port) throws IOException {
    FakeNode node = nodes.get(ordinal);
    if (node == null) {
      node = new FakeNode(this, ordinal, name + "-" + ordinal);
      nodes.put(ordinal, node);
      node.listenOn(host, port);
    }
    node.boot();
    settle();
    return node;
  }

  public synchronized FakeNode node(int ordinal) {
    return nodes.get(ordinal);
  }

  synchronized String token() {
    return token;
  }

  synchronized void count(String kind) {
    requests.merge(kind, 1, Integer::sum);
  }

  public synchronized int requests(String kind) {
    return requests.getOrDefault(kind, 0);
  }

  synchronized void noteBootstrap(int groupId, String uid, String members) {
    bootstraps.add(groupId + " " + uid + " " + members);
  }

  /** The distinct bootstraps that ever arrived: one for each group, if all is well. */
  public synchronized List<String> distinctBootstraps() {
    return bootstraps.stream().distinct().sorted().toList();
  }

  /** Elects where a leader is missing, and lets every running node tell what changed. */
  synchronized void settle() {
    for (FakeNode node : nodes.values()) {
      node.groups().forEach(this::elect);
    }
    nodes.values().forEach(FakeNode::publish);
  }

  private void elect(Integer groupId, ObjectNode group) {
    Map<Integer, FakeNode> byServer = new TreeMap<>();
    Map<Integer, FakeNode> voters = new TreeMap<>();
    int wanted = 0;
    for (JsonNode member : group.path("members")) {
      FakeNode node = nodes.get(member.path("nodeId").asInt() - 1);
      int serverId = member.path("serverId").asInt();
      boolean votes = !member.path("learner").asBoolean();
      wanted += votes ? 1 : 0;
      if (node != null
          && node.isRunning()
          && node.holds(groupId, group.path("uid").asText(), serverId)) {
        byServer.put(serverId, node);
        if (votes) {
          voters.put(serverId, node);
        }
      }
    }
    Integer leader = voters.size() > wanted / 2 ? leader(voters) : null;
    long term = termOf(leader, groupId, byServer);
    for (Map.Entry<Integer, FakeNode> entry : byServer.entrySet()) {
      ObjectNode mine = entry.getValue().groups().get(groupId);
      Integer before =
          mine.path("leaderServerId").isInt() ? mine.path("leaderServerId").asInt() : null;
      ArrayNode progress = mine.putArray("progress");
      if (entry.getKey().equals(leader)) {
        byServer.keySet().stream()
            .filter(one -> !one.equals(leader))
            .forEach(
                one ->
                    progress
                        .addObject()
                        .put("serverId", one)
                        .put("live", true)
                        .put("caughtUp", true));
      }
      if (java.util.Objects.equals(before, leader)) {
        continue;
      }
      mine.put("leaderServerId", leader);
      mine.put("leaderNodeId", leader == null ? null : voters.get(leader).nodeId());
      mine.put("caughtUp", leader != null);
      if (leader != null) {
        mine.put("term", term);
      }
      mine.put("role", entry.getKey().equals(leader) ? "LEADER" : "FOLLOWER");
    }
    terms++;
  }

  /** A member that finds a leader finds it in the term that the others know it in. */
  private long termOf(Integer leader, int groupId, Map<Integer, FakeNode> byServer) {
    return byServer.values().stream()
        .map(node -> node.groups().get(groupId))
        .filter(one -> leader != null && one.path("leaderServerId").asInt() == leader)
        .mapToLong(one -> one.path("term").asLong())
        .max()
        .orElse(terms);
  }

  /** A new configuration reaches every running member of a group. */
  synchronized void reconfigure(int groupId, ArrayNode members, int highestServerId, long index) {
    changes.add(groupId + " " + index + " " + members);
    for (FakeNode node : nodes.values()) {
      ObjectNode group = node.groups().get(groupId);
      if (group != null && node.isRunning()) {
        group.set("members", members.deepCopy());
        group.put("configurationIndex", index).put("highestServerId", highestServerId);
      }
    }
    settle();
  }

  /** Every configuration that groups ever changed to, as {@code id index members}. */
  public synchronized List<String> changes() {
    return List.copyOf(changes);
  }

  /** While on, a drained node goes on leading. */
  public synchronized void refuseToMoveLeaders(boolean on) {
    leadersStay = on;
    settle();
  }

  /** A node that is drained leads only where nobody else can. */
  private Integer leader(Map<Integer, FakeNode> byServer) {
    return byServer.entrySet().stream()
        .filter(entry -> leadersStay || !entry.getValue().isDraining())
        .findFirst()
        .orElseGet(() -> byServer.entrySet().iterator().next())
        .getKey();
  }

  @Override
  public synchronized void close() {
    nodes.values().forEach(FakeNode::stop);
  }
}
