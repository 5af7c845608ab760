package io.multiraft.operator.observe;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** The admin API over HTTP/1.1. */
public final class AdminClient implements AdminApi {
  /** A call that takes longer is given up and tried again; the nodes take repeated calls. */
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final int HTTP_UNAUTHORIZED = 401;
  private static final int HTTP_TIMEOUT = 408;
  private static final int HTTP_GONE = 410;
  private static final int HTTP_TOO_MANY = 429;

  private final HttpClient http;
  private final ObjectMapper json;

  public AdminClient(Executor executor, ObjectMapper json) {
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .executor(executor)
            .build();
    this.json = json;
  }

  @Override
  public CompletableFuture<NodeDocument> node(NodeAddress address, String token) {
    return call(request(address, token, "/v1/node").GET())
        .thenApply(body -> read(body, NodeDocument.class));
  }

  @Override
  public CompletableFuture<List<GroupResult>> putGroups(
      NodeAddress address, String token, List<GroupRequest> groups) {
    String body = write(Map.of("groups", groups));
    return call(request(address, token, "/v1/groups")
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body)))
        .thenApply(
            answer -> {
              List<GroupResult> results = read(answer, PutAnswer.class).results();
              if (results == null || results.size() != groups.size()) {
                throw new AdminException.Passing(
                    "answered a batch with another number of results", null, false);
              }
              return results;
            });
  }

  @Override
  public CompletableFuture<Void> deleteGroup(
      NodeAddress address, String token, int groupId, String uid) {
    String query =
        "/v1/groups/" + groupId + "?uid=" + URLEncoder.encode(uid, StandardCharsets.UTF_8);
    return call(request(address, token, query).DELETE()).thenApply(body -> null);
  }

  @Override
  public CompletableFuture<Void> putGroup(NodeAddress address, String token, GroupRequest group) {
    return call(withBody(request(address, token, "/v1/groups/" + group.groupId()), "PUT", group))
        .thenApply(body -> null);
  }

  @Override
  public CompletableFuture<Void> changeMembers(
      NodeAddress address, String token, int groupId, MemberChange change) {
    String path = "/v1/groups/" + groupId + "/members";
    return call(withBody(request(address, token, path), "POST", change)).thenApply(body -> null);
  }

  @Override
  public CompletableFuture<Void> removeMember(
      NodeAddress address,
      String token,
      int groupId,
      int serverId,
      String uid,
      long configurationIndex) {
    String path =
        "/v1/groups/%d/members/%d?uid=%s&configurationIndex=%d"
            .formatted(
                groupId,
                serverId,
                URLEncoder.encode(uid, StandardCharsets.UTF_8),
                configurationIndex);
    return call(request(address, token, path).DELETE()).thenApply(body -> null);
  }

  @Override
  public CompletableFuture<Void> deleteReplica(
      NodeAddress address, String token, int groupId, String uid, int serverId) {
    String path =
        "/v1/groups/%d?uid=%s&serverId=%d"
            .formatted(groupId, URLEncoder.encode(uid, StandardCharsets.UTF_8), serverId);
    return call(request(address, token, path).DELETE()).thenApply(body -> null);
  }

  private HttpRequest.Builder withBody(HttpRequest.Builder request, String method, Object body) {
    return request
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofString(write(body)));
  }

  @Override
  public CompletableFuture<NodeDocument> drain(NodeAddress address, String token, boolean on) {
    return call(request(address, token, "/v1/drain")
            .method(on ? "PUT" : "DELETE", BodyPublishers.noBody()))
        .thenApply(body -> read(body, NodeDocument.class));
  }

  @Override
  public WatchCall watch(
      NodeAddress address, String token, OptionalLong since, Consumer<String> lines) {
    String query = "/v1/groups?watch=true";
    if (since.isPresent()) {
      query += "&since=" + since.getAsLong();
    }
    LineSubscriber subscriber = new LineSubscriber(lines);
    // No timeout here: who reads the stream watches its keep-alives, which covers the headers too.
    HttpRequest request = plainRequest(address, token, query).GET().build();
    HttpResponse.BodyHandler<byte[]> handler =
        info ->
            info.statusCode() == 200
                ? BodySubscribers.mapping(subscriber, nothing -> new byte[0])
                : BodySubscribers.ofByteArray();
    CompletableFuture<HttpResponse<byte[]>> exchange = http.sendAsync(request, handler);
    CompletableFuture<Void> ended =
        exchange.handle(
            (response, failure) -> {
              if (failure != null) {
                throw unreachable(failure);
              }
              if (response.statusCode() != 200) {
                throw refusal(response.statusCode(), response.body());
              }
              return null;
            });
    return new WatchCall() {
      @Override
      public CompletableFuture<Void> ended() {
        return ended;
      }

      @Override
      public void close() {
        subscriber.end(new AdminException.Passing("closed by the operator", null, false));
        exchange.cancel(true);
      }
    };
  }

  private static HttpRequest.Builder plainRequest(NodeAddress address, String token, String path) {
    return HttpRequest.newBuilder(address.uri(path)).header("Authorization", "Bearer " + token);
  }

  private static HttpRequest.Builder request(NodeAddress address, String token, String path) {
    return plainRequest(address, token, path).timeout(CALL_TIMEOUT);
  }

  private CompletableFuture<byte[]> call(HttpRequest.Builder request) {
    return http.sendAsync(request.build(), BodyHandlers.ofByteArray())
        .handle(
            (response, failure) -> {
              if (failure != null) {
                throw unreachable(failure);
              }
              if (response.statusCode() / 100 != 2) {
                throw refusal(response.statusCode(), response.body());
              }
              return response.body();
            });
  }

  private static AdminException unreachable(Throwable failure) {
    Throwable cause = AdminException.causeOf(failure);
    if (cause instanceof AdminException known) {
      return known;
    }
    String message =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new AdminException.Passing(message, cause, false);
  }

  private AdminException refusal(int status, byte[] body) {
    Problem problem = problem(status, body);
    boolean passing =
        status >= 500
            || status == HTTP_UNAUTHORIZED
            || status == HTTP_TIMEOUT
            || status == HTTP_TOO_MANY
            || status == HTTP_GONE;
    if (passing) {
      return new AdminException.Passing(
          status + " " + problem.reason() + ": " + problem.sentence(),
          null,
          status == HTTP_UNAUTHORIZED);
    }
    return new AdminException.Permanent(problem);
  }

  private Problem problem(int status, byte[] body) {
    try {
      Problem problem = json.readValue(body, Problem.class);
      if (problem != null && problem.type() != null) {
        return problem;
      }
    } catch (java.io.IOException e) {
      // Not a problem document: something between us and the node answered. The status says enough.
    }
    return new Problem("urn:multiraft:unknown", "HTTP status " + status, status, null);
  }

  private <T> T read(byte[] body, Class<T> type) {
    try {
      return json.readValue(body, type);
    } catch (java.io.IOException e) {
      throw new AdminException.Passing(
          "answered something unreadable: " + e.getMessage(), e, false);
    }
  }

  private String write(Object value) {
    try {
      return json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a request of plain records can always be written", e);
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record PutAnswer(List<GroupResult> results) {}
}
