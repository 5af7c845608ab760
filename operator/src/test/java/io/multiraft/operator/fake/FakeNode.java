package io.multiraft.operator.fake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One node. All state is guarded by its fleet's lock. */
public final class FakeNode {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String END = "";

  private final FakeFleet fleet;
  private final int ordinal;
  private final String name;
  private String incarnation = UUID.randomUUID().toString();
  private long bootNumber;
  private long highestSeen;
  private long sequence;
  private boolean draining;
  private String host = "127.0.0.1";
  private final Map<Integer, ObjectNode> groups = new TreeMap<>();
  private final Map<Integer, String> tombstones = new HashMap<>();
  private final Map<Integer, Integer> removedServers = new HashMap<>();
  private final Map<Integer, String> published = new HashMap<>();
  private final List<LinkedBlockingQueue<String>> watchers = new ArrayList<>();
  private HttpServer server;
  private ExecutorService executor;
  private int port;

  FakeNode(FakeFleet fleet, int ordinal, String name) {
    this.fleet = fleet;
    this.ordinal = ordinal;
    this.name = name;
  }

  /** Listens there from the next boot on. */
  void listenOn(String newHost, int newPort) {
    host = newHost;
    port = newPort;
  }

  void boot() throws IOException {
    if (server != null) {
      return;
    }
    bootNumber++;
    draining = false;
    sequence = 0;
    published.clear();
    for (ObjectNode group : groups.values()) {
      group.putNull("leaderServerId").putNull("leaderNodeId").put("caughtUp", false);
      group.put("role", "FOLLOWER");
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), port), 50);
    port = server.getAddress().getPort();
    executor = Executors.newCachedThreadPool();
    server.setExecutor(executor);
    server.createContext("/", this::handle);
    server.start();
  }

  /** Ends the process; what it holds stays on its disk. */
  public void stop() {
    synchronized (fleet) {
      if (server == null) {
        return;
      }
      watchers.forEach(watcher -> watcher.add(END));
      watchers.clear();
      server.stop(0);
      executor.shutdownNow();
      server = null;
      fleet.settle();
    }
  }

  /** The disk is lost: stops, forgets all, becomes another incarnation. */
  public void loseDisk() {
    stop();
    synchronized (fleet) {
      incarnation = UUID.randomUUID().toString();
      bootNumber = 0;
      highestSeen = 0;
      groups.clear();
      tombstones.clear();
      removedServers.clear();
    }
  }

  /** Somebody removes a group past the operator. */
  public void removeBehindTheBack(int groupId) {
    synchronized (fleet) {
      remove(groupId, groups.get(groupId).path("uid").asText());
      fleet.settle();
    }
  }

  /** While the node is stopped: a group vanishes from its disk without a trace. */
  public void removeFromDisk(int groupId) {
    synchronized (fleet) {
      groups.remove(groupId);
    }
  }

  /** Ends every stream; nothing else happens. */
  public void cutStreams() {
    synchronized (fleet) {
      watchers.forEach(watcher -> watcher.add(END));
      watchers.clear();
    }
  }

  /** How many streams are open. */
  public int watchers() {
    synchronized (fleet) {
      return watchers.size();
    }
  }

  /** A group that no RaftGroup names. */
  public void plant(int groupId, String uid, String namespace, String groupName, String policy) {
    synchronized (fleet) {
      ObjectNode request = JSON.createObjectNode();
      request.put("groupId", groupId).put("uid", uid).put("name", groupName);
      request.put("namespace", namespace).put("deletionPolicy", policy).put("mode", "bootstrap");
      request
          .putArray("members")
          .addObject()
          .put("serverId", 1)
          .put("nodeId", nodeId())
          .put("incarnation", incarnation)
          .put("address", address());
      add(request);
      fleet.settle();
    }
  }

  /** Raises what the disk remembers, as if older groups had been here. */
  public void remember(long groupId) {
    synchronized (fleet) {
      highestSeen = Math.max(highestSeen, groupId);
    }
  }

  public void setDraining(boolean now) {
    synchronized (fleet) {
      draining = now;
      fleet.settle();
    }
  }

  boolean isDraining() {
    return draining;
  }

  private Answer drain(boolean now) {
    fleet.count(now ? "DRAIN" : "UNDRAIN");
    setDraining(now);
    return nodeDocument();
  }

  public int nodeId() {
    return ordinal + 1;
  }

  public String host() {
    return host;
  }

  public int port() {
    return port;
  }

  public String incarnation() {
    return incarnation;
  }

  public boolean isRunning() {
    synchronized (fleet) {
      return server != null;
    }
  }

  boolean holds(int groupId, String uid, int serverId) {
    ObjectNode group = groups.get(groupId);
    return group != null
        && group.path("uid").asText().equals(uid)
        && group.path("serverId").asInt() == serverId;
  }

  Map<Integer, ObjectNode> groups() {
    return groups;
  }

  /** The ids of the groups that live here. */
  public List<Integer> groupIds() {
    synchronized (fleet) {
      return List.copyOf(groups.keySet());
    }
  }

  private String address() {
    return name + ".nodes.test.svc:2379";
  }

  /** Tells watchers what changed since the last time. */
  void publish() {
    if (server == null) {
      return;
    }
    for (ObjectNode group : groups.values()) {
      int id = group.path("groupId").asInt();
      String text = group.toString();
      if (!text.equals(published.put(id, text))) {
        tell("{\"type\":\"group\",\"sequence\":" + ++sequence + ",\"group\":" + text + "}");
      }
    }
    for (Integer id : List.copyOf(published.keySet())) {
      if (!groups.containsKey(id)) {
        published.remove(id);
        String uid = tombstones.getOrDefault(id, "");
        tell(
            "{\"type\":\"removed\",\"sequence\":%d,\"groupId\":%d,\"uid\":\"%s\"}"
                .formatted(++sequence, id, uid));
      }
    }
  }

  private void tell(String line) {
    watchers.forEach(watcher -> watcher.add(line));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (path.startsWith("/v1")
          && !("Bearer " + fleet.token())
              .equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        answer(exchange, problem(401, "unauthorized", "the token is not this cluster's"));
        return;
      }
      String query =
          exchange.getRequestURI().getQuery() == null ? "" : exchange.getRequestURI().getQuery();
      switch (exchange.getRequestMethod() + " " + path.replaceAll("/\\d+(?=/|$)", "/{id}")) {
        case "GET /v1/node" -> answer(exchange, nodeDocument());
        case "GET /v1/groups" -> watch(exchange, query);
        case "PUT /v1/drain" -> answer(exchange, drain(true));
        case "DELETE /v1/drain" -> answer(exchange, drain(false));
        case "PUT /v1/groups" -> answer(exchange, put(JSON.readTree(exchange.getRequestBody())));
        case "DELETE /v1/groups/{id}" -> {
          int id = Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
          String uid = query.replaceAll(".*uid=([^&]*).*", "$1");
          answer(
              exchange,
              query.contains("serverId=")
                  ? deleteMember(
                      id, uid, Integer.parseInt(query.replaceAll(".*serverId=(\\d+).*", "$1")))
                  : delete(id, uid));
        }
        case "PUT /v1/groups/{id}" ->
            answer(exchange, join(JSON.readTree(exchange.getRequestBody()), last(path)));
        case "POST /v1/groups/{id}/members" ->
            answer(
                exchange,
                change(
                    JSON.readTree(exchange.getRequestBody()), last(path.replace("/members", ""))));
        case "DELETE /v1/groups/{id}/members/{id}" -> answer(exchange, expel(path, query));
        default -> answer(exchange, problem(404, "not-found", path));
      }
    }
  }

  private record Answer(int status, String type, String body) {}

  private static Answer problem(int status, String reason, String detail) {
    ObjectNode body = JSON.createObjectNode();
    body.put("type", "urn:multiraft:" + reason).put("title", reason).put("status", status);
    body.put("detail", detail);
    return new Answer(status, "application/problem+json", body.toString());
  }

  private static void answer(HttpExchange exchange, Answer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", answer.type());
    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  private Answer nodeDocument() {
    synchronized (fleet) {
      ObjectNode body = JSON.createObjectNode();
      body.put("nodeId", nodeId()).put("name", name).put("incarnation", incarnation);
      body.put("bootNumber", bootNumber).put("version", "test").put("address", address());
      body.put("highestGroupIdSeen", highestSeen).put("groups", groups.size());
      body.put("leaders", 0).put("drained", draining);
      return new Answer(200, "application/json", body.toString());
    }
  }

  private void watch(HttpExchange exchange, String query) throws IOException {
    fleet.count("WATCH");
    LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
    synchronized (fleet) {
      boolean resumes = query.contains("since=");
      if (resumes && Long.parseLong(query.replaceAll(".*since=(\\d+).*", "$1")) != sequence) {
        answer(exchange, problem(410, "cursor-too-old", "ask again without"));
        return;
      }
      lines.add(
          "{\"type\":\"start\",\"nodeId\":%d,\"name\":\"%s\",\"incarnation\":\"%s\",\"bootNumber\":%d,\"sequence\":%d,\"highestGroupIdSeen\":%d}"
              .formatted(nodeId(), name, incarnation, bootNumber, sequence, highestSeen));
      if (!resumes) {
        groups
            .values()
            .forEach(
                group ->
                    lines.add(
                        "{\"type\":\"group\",\"sequence\":%d,\"group\":%s}"
                            .formatted(sequence, group)));
        lines.add("{\"type\":\"synced\",\"sequence\":" + sequence + "}");
      }
      watchers.add(lines);
    }
    exchange.getResponseHeaders().set("Content-Type", "application/x-ndjson");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream body = exchange.getResponseBody()) {
      stream(lines, body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      synchronized (fleet) {
        watchers.remove(lines);
      }
    }
  }

  private void stream(LinkedBlockingQueue<String> lines, OutputStream body)
      throws IOException, InterruptedException {
    while (true) {
      String line = lines.poll(1, TimeUnit.SECONDS);
      if (END.equals(line)) {
        return;
      }
      if (line == null) {
        synchronized (fleet) {
          line = "{\"type\":\"keepalive\",\"sequence\":" + sequence + "}";
        }
      }
      body.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      body.flush();
    }
  }

  private Answer put(JsonNode request) {
    fleet.count("PUT");
    synchronized (fleet) {
      ArrayNode results = JSON.createArrayNode();
      for (JsonNode one : request.path("groups")) {
        Answer answer = add(one);
        ObjectNode result = results.addObject();
        result.put("groupId", one.path("groupId").asInt()).put("status", answer.status());
        try {
          result.set(answer.status() < 300 ? "group" : "problem", JSON.readTree(answer.body()));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
      fleet.settle();
      return new Answer(
          200, "application/json", JSON.createObjectNode().set("results", results).toString());
    }
  }

  private Answer add(JsonNode request) {
    int id = request.path("groupId").asInt();
    String uid = request.path("uid").asText();
    fleet.noteBootstrap(id, uid, request.path("members").toString());
    if (tombstones.containsKey(id)) {
      return problem(409, "tombstone", "group " + id + " was removed here");
    }
    ObjectNode there = groups.get(id);
    if (there != null && !there.path("uid").asText().equals(uid)) {
      return problem(409, "other-uid", "group " + id + " belongs to " + there.path("uid").asText());
    }
    if (there != null && !there.path("bootstrap").equals(request.path("members"))) {
      return problem(409, "other-members", "group " + id + " was made with other members");
    }
    if (there != null) {
      return new Answer(200, "application/json", there.toString());
    }
    if (draining) {
      return problem(409, "node-draining", "takes no groups now");
    }
    JsonNode self = null;
    for (JsonNode member : request.path("members")) {
      if (member.path("nodeId").asInt() == nodeId()) {
        self = member;
      }
    }
    if (self == null) {
      return problem(409, "not-a-member", "the list does not name node " + nodeId());
    }
    if (!self.path("incarnation").asText().equals(incarnation)) {
      return problem(409, "other-incarnation", "this node is " + incarnation);
    }
    ObjectNode group = JSON.createObjectNode();
    group.put("groupId", id).put("uid", uid).put("name", request.path("name").asText());
    group.put("namespace", request.path("namespace").asText());
    group.put("deletionPolicy", request.path("deletionPolicy").asText());
    group.put("state", "RUNNING").put("serverId", self.path("serverId").asInt());
    group.put("role", "FOLLOWER").put("term", 0);
    group.putNull("leaderServerId").putNull("leaderNodeId");
    group.put("caughtUp", false).put("configurationIndex", 1);
    group.set("members", request.path("members"));
    group.set("bootstrap", request.path("members"));
    group.putNull("failure");
    groups.put(id, group);
    highestSeen = Math.max(highestSeen, id);
    return new Answer(201, "application/json", group.toString());
  }

  private static int last(String path) {
    return Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
  }

  /** Makes an empty member. */
  private Answer join(JsonNode request, int id) {
    fleet.count("JOIN");
    synchronized (fleet) {
      int serverId = request.path("serverId").asInt();
      if (tombstones.containsKey(id) || removedServers.getOrDefault(id, 0) >= serverId) {
        return problem(409, "tombstone", "removed here");
      }
      ObjectNode there = groups.get(id);
      if (there != null) {
        return there.path("serverId").asInt() == serverId
            ? new Answer(200, "application/json", there.toString())
            : problem(409, "other-members", "another member is here");
      }
      if (!"join".equals(request.path("mode").asText())) {
        return problem(400, "bad-request", "mode");
      }
      ObjectNode group = JSON.createObjectNode();
      for (String field : List.of("uid", "name", "namespace", "deletionPolicy")) {
        group.set(field, request.get(field));
      }
      group.put("groupId", id).put("state", "RUNNING").put("serverId", serverId);
      group.put("role", "LEARNER").put("term", 0);
      group.putNull("leaderServerId").putNull("leaderNodeId").put("caughtUp", false);
      group.put("configurationIndex", 0).set("members", request.path("members"));
      group.putNull("failure");
      groups.put(id, group);
      fleet.settle();
      return new Answer(201, "application/json", group.toString());
    }
  }

  /** What a leader does with a change of its members. */
  private Answer change(JsonNode request, int id) {
    fleet.count("CHANGE");
    synchronized (fleet) {
      ObjectNode group = groups.get(id);
      if (group == null || !"LEADER".equals(group.path("role").asText())) {
        return problem(409, "not-leader", "ask another");
      }
      if (group.path("configurationIndex").asLong()
          != request.path("configurationIndex").asLong()) {
        return problem(409, "stale-configuration", "look again");
      }
      ArrayNode members = group.withArray("members").deepCopy();
      int highest = highest(group);
      if ("add".equals(request.path("change").asText())) {
        ObjectNode member = request.path("member").deepCopy();
        if (member.path("serverId").asInt() <= highest) {
          return problem(409, "server-id-used", "up to " + highest);
        }
        highest = member.path("serverId").asInt();
        members.add(member.put("learner", true));
      } else {
        members.forEach(
            member -> {
              if (member.path("serverId").asInt() == request.path("serverId").asInt()) {
                ((ObjectNode) member).put("learner", false);
              }
            });
      }
      fleet.reconfigure(id, members, highest, group.path("configurationIndex").asLong() + 1);
      return new Answer(200, "application/json", group.toString());
    }
  }

  private static int highest(ObjectNode group) {
    int highest = group.path("highestServerId").asInt();
    for (JsonNode member : group.path("members")) {
      highest = Math.max(highest, member.path("serverId").asInt());
    }
    return highest;
  }

  private Answer expel(String path, String query) {
    fleet.count("EXPEL");
    synchronized (fleet) {
      String[] parts = path.split("/");
      ObjectNode group = groups.get(Integer.parseInt(parts[3]));
      if (group == null || !"LEADER".equals(group.path("role").asText())) {
        return problem(409, "not-leader", "ask another");
      }
      if (!query.contains("configurationIndex=" + group.path("configurationIndex").asLong())) {
        return problem(409, "stale-configuration", "look again");
      }
      ArrayNode left = JSON.createArrayNode();
      for (JsonNode member : group.path("members")) {
        if (member.path("serverId").asInt() != Integer.parseInt(parts[5])) {
          left.add(member);
        }
      }
      fleet.reconfigure(
          Integer.parseInt(parts[3]),
          left,
          highest(group),
          group.path("configurationIndex").asLong() + 1);
      return new Answer(200, "application/json", group.toString());
    }
  }

  private Answer deleteMember(int id, String uid, int serverId) {
    fleet.count("CLEAN");
    synchronized (fleet) {
      if (holds(id, uid, serverId)) {
        groups.remove(id);
        removedServers.merge(id, serverId, Math::max);
        fleet.settle();
      }
      return new Answer(204, "application/json", "");
    }
  }

  /** The group's member here falls behind, or catches up. */
  public void lag(int groupId, boolean behind) {
    synchronized (fleet) {
      groups.get(groupId).put("caughtUp", !behind);
      fleet.settle();
    }
  }

  /** The group's member here fails for good. */
  public void fail(int groupId) {
    synchronized (fleet) {
      groups.get(groupId).put("state", "FAILED").put("failure", "the disk is damaged");
      fleet.settle();
    }
  }

  private Answer delete(int id, String uid) {
    fleet.count("DELETE");
    synchronized (fleet) {
      ObjectNode there = groups.get(id);
      if (there != null && !there.path("uid").asText().equals(uid)) {
        return problem(409, "other-uid", "group " + id + " belongs to another");
      }
      remove(id, uid);
      fleet.settle();
      return new Answer(204, "application/json", "");
    }
  }

  private void remove(int id, String uid) {
    groups.remove(id);
    tombstones.put(id, uid);
    highestSeen = Math.max(highestSeen, id);
  }
}
