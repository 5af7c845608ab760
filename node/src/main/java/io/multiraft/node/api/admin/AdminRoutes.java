package io.multiraft.node.api.admin;

import io.multiraft.node.GroupStatus;
import io.multiraft.node.RaftException;
import io.multiraft.node.RaftServer;
import io.multiraft.node.group.AddResult;
import io.multiraft.node.group.GroupManager;
import io.multiraft.node.group.GroupSpec;
import io.multiraft.node.group.Refusal;
import io.multiraft.node.group.RefusedException;
import io.multiraft.node.raft.Role;
import io.netty.channel.ChannelPipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The admin API's calls, from a request to its reply. Thread-safe. */
public final class AdminRoutes {
  private static final int MAX_GROUPS_PER_CALL = 1_000;
  private static final String BEARER = "Bearer ";

  private final NodeInfo node;
  private final GroupManager groups;
  private final TokenFile token;
  private final Probes probes;

  /** The calls of one node. */
  public AdminRoutes(NodeInfo node, GroupManager groups, TokenFile token, Probes probes) {
    this.node = node;
    this.groups = groups;
    this.token = token;
    this.probes = probes;
  }

  /** Builds the pipeline of a connection that speaks HTTP/1.1. */
  public void install(ChannelPipeline pipeline) {
    AdminHandler.install(pipeline, this);
  }

  boolean isWatch(AdminRequest request) {
    return request.is("GET", "v1", "groups")
        && request.parameter("watch").map(Boolean::parseBoolean).orElse(false);
  }

  GroupWatch watch(AdminRequest request) {
    authorize(request);
    Optional<String> since = request.parameter("since");
    long cursor = since.map(AdminRoutes::cursor).orElse(-1L);
    if (since.isPresent() && !groups.feed().knows(cursor)) {
      throw new ProblemException(
          410, "cursor-too-old", "change " + cursor + " is not remembered; ask without since");
    }
    return new GroupWatch(node, groups, cursor);
  }

  private static long cursor(String since) {
    try {
      return Long.parseLong(since);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("since must be a number: " + since, e);
    }
  }

  CompletionStage<Reply> answer(AdminRequest request) {
    if (request.is("GET", "livez")) {
      return now(probe(probes.whyNotAlive()));
    }
    if (request.is("GET", "readyz")) {
      return now(probe(probes.whyNotReady()));
    }
    if (request.is("GET", "metrics")) {
      requireManager(request);
      return now(Reply.text(200, probes.metrics()));
    }
    if (!request.path().get(0).equals("v1")) {
      throw notFound(request);
    }
    authorize(request);
    if (request.path().size() > 1 && request.path().get(1).equals("groups")) {
      return groupsAnswer(request);
    }
    if (request.is("GET", "v1", "node")) {
      return now(Reply.json(200, nodeDocument()));
    }
    if (request.is("PUT", "v1", "drain") || request.is("DELETE", "v1", "drain")) {
      groups.drain(request.method().equals("PUT"));
      return now(Reply.json(200, nodeDocument()));
    }
    throw notFound(request);
  }

  private CompletionStage<Reply> groupsAnswer(AdminRequest request) {
    if (request.is("GET", "v1", "groups")) {
      long sequence = groups.feed().sequence();
      List<Documents.Group> all =
          groups.statuses().stream().map(status -> Documents.Group.of(status, true)).toList();
      return now(Reply.json(200, new Documents.GroupList(sequence, all)));
    }
    if (request.is("PUT", "v1", "groups")) {
      return addMany(Documents.read(request.body(), Documents.AddGroups.class));
    }
    if (request.is("GET", "v1", "groups", "*")) {
      return now(Reply.json(200, document(request.groupId())));
    }
    if (request.is("PUT", "v1", "groups", "*")) {
      Documents.AddGroup body = Documents.read(request.body(), Documents.AddGroup.class);
      GroupSpec spec = body.toSpec(request.groupId());
      return groups.add(List.of(spec)).thenApply(results -> added(results.get(0)));
    }
    if (request.is("DELETE", "v1", "groups", "*")) {
      return remove(request);
    }
    if (request.is("POST", "v1", "groups", "*", "leader")) {
      return transfer(request);
    }
    throw notFound(request);
  }

  private CompletionStage<Reply> addMany(Documents.AddGroups body) {
    if (body.groups() == null || body.groups().isEmpty()) {
      throw new IllegalArgumentException("groups is missing");
    }
    if (body.groups().size() > MAX_GROUPS_PER_CALL) {
      throw new IllegalArgumentException("at most " + MAX_GROUPS_PER_CALL + " groups in one call");
    }
    List<GroupSpec> specs = new ArrayList<>();
    List<Documents.AddGroupResult> malformed = new ArrayList<>();
    for (Documents.AddGroup group : body.groups()) {
      malformed.add(check(group, specs));
    }
    CompletionStage<List<AddResult>> added =
        specs.isEmpty() ? CompletableFuture.completedFuture(List.of()) : groups.add(specs);
    return added.thenApply(results -> Reply.json(200, merge(specs, results, malformed)));
  }

  /** Adds a well-formed spec and returns null, or the result that says what is wrong with it. */
  private static Documents.AddGroupResult check(Documents.AddGroup group, List<GroupSpec> specs) {
    Integer id = group == null ? null : group.groupId();
    try {
      if (id == null) {
        throw new IllegalArgumentException("groupId is missing");
      }
      specs.add(group.toSpec(id));
      return null;
    } catch (IllegalArgumentException e) {
      Problem problem = Problem.of(400, "bad-request", e.getMessage());
      return new Documents.AddGroupResult(id, 400, null, problem);
    }
  }

  private Documents.AddGroupsResult merge(
      List<GroupSpec> specs, List<AddResult> added, List<Documents.AddGroupResult> malformed) {
    List<Documents.AddGroupResult> results = new ArrayList<>();
    int next = 0;
    for (Documents.AddGroupResult wrong : malformed) {
      if (wrong != null) {
        results.add(wrong);
      } else {
        int id = specs.get(next).groupId();
        Reply reply = added(added.get(next++));
        results.add(
            reply.body() instanceof Problem problem
                ? new Documents.AddGroupResult(id, reply.status(), null, problem)
                : new Documents.AddGroupResult(
                    id, reply.status(), (Documents.Group) reply.body(), null));
      }
    }
    return new Documents.AddGroupsResult(results);
  }

  private Reply added(AddResult result) {
    if (result instanceof AddResult.Refused refused) {
      return Reply.problem(problemOf(refused.why()));
    }
    if (result instanceof AddResult.Made made) {
      return Reply.json(201, document(made.groupId()));
    }
    return Reply.json(200, document(((AddResult.Existing) result).groupId()));
  }

  private CompletionStage<Reply> remove(AdminRequest request) {
    String uid = request.requiredParameter("uid");
    OptionalInt serverId =
        request
            .parameter("serverId")
            .map(text -> OptionalInt.of(parseServerId(text)))
            .orElse(OptionalInt.empty());
    return groups.remove(request.groupId(), uid, serverId).thenApply(removed -> Reply.noContent());
  }

  private static int parseServerId(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("serverId must be a number: " + text, e);
    }
  }

  private CompletionStage<Reply> transfer(AdminRequest request) {
    Documents.Transfer body = Documents.read(request.body(), Documents.Transfer.class);
    int groupId = request.groupId();
    RaftServer server = groups.byId(groupId).orElseThrow(() -> noGroup(groupId));
    GroupStatus status = server.status();
    if (!status.uid().equals(body.uid())) {
      throw new RefusedException(
          Refusal.OTHER_UID, "group %d belongs to uid %s".formatted(groupId, status.uid()));
    }
    if (status.role() != Role.LEADER) {
      throw new RefusedException(
          Refusal.NOT_LEADER, "server %d does not lead".formatted(status.serverId()));
    }
    OptionalInt target =
        body.serverId() == null ? OptionalInt.empty() : OptionalInt.of(body.serverId());
    return server
        .transferLeadership(target)
        .handle(
            (leader, failure) -> {
              if (failure != null) {
                throw transferFailed(failure);
              }
              return Reply.json(200, document(groupId));
            });
  }

  private static RuntimeException transferFailed(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof RaftException) {
      return new ProblemException(503, "transfer-failed", cause.getMessage());
    }
    return new CompletionException(cause);
  }

  private Documents.Group document(int groupId) {
    return groups
        .byId(groupId)
        .map(server -> Documents.Group.of(server.status(), true))
        .orElseThrow(() -> noGroup(groupId));
  }

  private ProblemException noGroup(int groupId) {
    return groups.isRemoved(groupId)
        ? new ProblemException(404, "removed-group", "group " + groupId + " was removed here")
        : new ProblemException(404, "unknown-group", "group " + groupId + " is not here");
  }

  private Documents.Node nodeDocument() {
    List<GroupStatus> all = groups.statuses();
    return new Documents.Node(
        node.self().nodeId(),
        node.name(),
        node.self().incarnation().toString(),
        node.bootNumber(),
        node.version(),
        node.address(),
        groups.highestGroupIdSeen(),
        all.size(),
        all.stream().filter(status -> status.role() == Role.LEADER).count(),
        groups.draining());
  }

  /** The token, or an administrator's certificate; with TLS, never without a certificate. */
  private void authorize(AdminRequest request) {
    requireManager(request);
    if (request.identity().isAdmin()) {
      return;
    }
    String authorization = request.authorization();
    boolean allowed =
        authorization != null
            && authorization.startsWith(BEARER)
            && token.matches(authorization.substring(BEARER.length()).trim());
    if (!allowed) {
      throw new ProblemException(
          401, "unauthorized", "send the cluster's token: 'Authorization: Bearer <token>'");
    }
  }

  private static void requireManager(AdminRequest request) {
    if (!request.identity().mayManage()) {
      throw new ProblemException(
          403,
          "forbidden",
          request
              .identity()
              .whyNoClient()
              .orElse("the certificate of a group's client gives no access to the node"));
    }
  }

  private static Reply probe(Optional<String> why) {
    return why.map(reason -> Reply.text(503, reason + "\n")).orElse(Reply.text(200, "ok\n"));
  }

  private static ProblemException notFound(AdminRequest request) {
    return new ProblemException(
        404,
        "no-such-call",
        "there is no %s /%s".formatted(request.method(), String.join("/", request.path())));
  }

  private static CompletionStage<Reply> now(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }

  /** The problem that a refusal is. */
  static Problem problemOf(RefusedException refused) {
    return Problem.of(409, refused.refusal().code(), refused.getMessage());
  }
}
