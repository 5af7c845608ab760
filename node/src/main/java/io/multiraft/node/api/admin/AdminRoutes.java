package io.multiraft.node.api.admin;

import io.multiraft.node.GroupStatus;
import io.multiraft.node.group.GroupManager;
import io.multiraft.node.group.RefusedException;
import io.multiraft.node.port.PortMetrics;
import io.multiraft.node.port.tls.Identity;
import io.multiraft.node.raft.Role;
import io.netty.channel.ChannelPipeline;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The admin API's calls, from a request to its reply. Thread-safe. */
public final class AdminRoutes {
  private static final String BEARER = "Bearer ";

  private final NodeInfo node;
  private final GroupManager groups;
  private final TokenFile token;
  private final Probes probes;
  private final PortMetrics metrics;
  private final int maxRequestSeconds;
  private final GroupLookup lookup;
  private final AddRoutes add;
  private final MemberRoutes members;
  private final StateRoutes state;

  /**
   * The calls of one node.
   *
   * @param maxRequestSeconds how long a request may take from its first byte to its last
   */
  public AdminRoutes(
      NodeInfo node,
      GroupManager groups,
      TokenFile token,
      Probes probes,
      PortMetrics metrics,
      int maxRequestSeconds) {
    this.node = node;
    this.groups = groups;
    this.token = token;
    this.probes = probes;
    this.metrics = metrics;
    this.maxRequestSeconds = maxRequestSeconds;
    this.lookup = new GroupLookup(groups);
    this.add = new AddRoutes(groups, lookup);
    this.members = new MemberRoutes(lookup);
    this.state = new StateRoutes(groups, lookup);
  }

  /** Builds the pipeline of a connection that speaks HTTP/1.1. */
  public void install(ChannelPipeline pipeline) {
    AdminHandler.install(pipeline, this, metrics, maxRequestSeconds);
  }

  boolean isWatch(AdminRequest request) {
    return request.is("GET", "v1", "groups")
        && request.parameter("watch").map(Boolean::parseBoolean).orElse(false);
  }

  GroupWatch watch(AdminRequest request) {
    authorize(request.authorization(), request.identity());
    Optional<String> since = request.parameter("since");
    long cursor = since.map(text -> AdminRequest.longNumber("since", text)).orElse(-1L);
    if (since.isPresent() && !groups.feed().knows(cursor)) {
      throw new ProblemException(
          410, "cursor-too-old", "change " + cursor + " is not remembered; ask without since");
    }
    return new GroupWatch(node, groups, cursor);
  }

  CompletionStage<Reply> answer(AdminRequest request) {
    if (request.is("GET", "livez")) {
      return now(probe(probes.whyNotAlive()));
    }
    if (request.is("GET", "readyz")) {
      return now(probe(probes.whyNotReady()));
    }
    if (request.is("GET", "metrics")) {
      requireManager(request.identity());
      return now(Reply.text(200, probes.metrics()));
    }
    if (!request.path().get(0).equals("v1")) {
      throw notFound(request);
    }
    authorize(request.authorization(), request.identity());
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
      return add.addMany(request);
    }
    if (request.is("GET", "v1", "groups", "*")) {
      return now(Reply.json(200, lookup.document(request.groupId())));
    }
    if (request.is("PUT", "v1", "groups", "*")) {
      return add.addOne(request);
    }
    if (request.is("DELETE", "v1", "groups", "*")) {
      return remove(request);
    }
    if (request.is("POST", "v1", "groups", "*", "leader")) {
      return members.transfer(request);
    }
    if (request.is("POST", "v1", "groups", "*", "snapshot")) {
      return state.snapshot(request);
    }
    if (request.is("GET", "v1", "groups", "*", "backup")) {
      return state.backup(request);
    }
    if (request.is("POST", "v1", "groups", "*", "owner")) {
      return state.owner(request);
    }
    if (request.is("POST", "v1", "groups", "*", "members")) {
      return members.change(request);
    }
    if (request.is("DELETE", "v1", "groups", "*", "members", "*")) {
      return members.remove(request);
    }
    throw notFound(request);
  }

  private CompletionStage<Reply> remove(AdminRequest request) {
    String uid = request.requiredParameter("uid");
    OptionalInt serverId =
        request
            .parameter("serverId")
            .map(text -> OptionalInt.of(AdminRequest.number("serverId", text)))
            .orElse(OptionalInt.empty());
    return groups.remove(request.groupId(), uid, serverId).thenApply(removed -> Reply.noContent());
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
  void authorize(String authorization, Identity identity) {
    requireManager(identity);
    if (identity.isAdmin()) {
      return;
    }
    boolean allowed =
        authorization != null
            && authorization.startsWith(BEARER)
            && token.matches(authorization.substring(BEARER.length()).trim());
    if (!allowed) {
      throw new ProblemException(
          401, "unauthorized", "send the cluster's token: 'Authorization: Bearer <token>'");
    }
  }

  private static void requireManager(Identity identity) {
    if (!identity.mayManage()) {
      throw new ProblemException(
          403,
          "forbidden",
          identity
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
