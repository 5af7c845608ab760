package io.multiraft.operator.it;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.multiraft.operator.observe.AdminApi;
import io.multiraft.operator.observe.AdminException;
import io.multiraft.operator.observe.GroupRequest;
import io.multiraft.operator.observe.GroupResult;
import io.multiraft.operator.observe.MemberChange;
import io.multiraft.operator.observe.NodeAddress;
import io.multiraft.operator.observe.NodeDocument;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Counts an operator's changing calls, to the API server and to nodes alike, and kills it at one of
 * them: from then on no changing call leaves. Killed before the answer, the call never arrives;
 * killed after, it takes effect and its answer is lost.
 */
final class Faults implements Interceptor {
  private static final Set<String> CHANGING = Set.of("POST", "PUT", "PATCH", "DELETE");

  /** A header that tells, when the answer comes, which call it answers. */
  private static final String NUMBER = "X-Test-Call";

  private final int killAt;
  private final boolean afterTheAnswer;
  private final List<String> calls = new ArrayList<>();
  private volatile boolean dead;

  /**
   * @param killAt number of the call to die at, from 1; 0 never
   */
  Faults(int killAt, boolean afterTheAnswer) {
    this.killAt = killAt;
    this.afterTheAnswer = afterTheAnswer;
  }

  static Faults none() {
    return new Faults(0, false);
  }

  boolean isDead() {
    return dead;
  }

  /** What was called, in order. */
  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  private synchronized int leaving(String what) {
    if (dead) {
      throw new IllegalStateException("the operator is dead");
    }
    calls.add(what);
    int number = calls.size();
    if (number == killAt && !afterTheAnswer) {
      dead = true;
      throw new IllegalStateException("the operator dies before call " + number + ": " + what);
    }
    return number;
  }

  private void answered(int number) {
    if (number == killAt) {
      dead = true;
      throw new IllegalStateException("the operator dies after call " + number);
    }
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    if (CHANGING.contains(request.method())) {
      int number = leaving(request.method() + " " + request.uri().getPath());
      builder.setHeader(NUMBER, Integer.toString(number));
    }
  }

  @Override
  public void after(
      HttpRequest request,
      HttpResponse<?> response,
      AsyncBody.Consumer<List<ByteBuffer>> consumer) {
    String number = request.header(NUMBER);
    if (number != null) {
      answered(Integer.parseInt(number));
    }
  }

  /** The same for calls to nodes. */
  AdminApi around(AdminApi real) {
    return new AdminApi() {
      @Override
      public CompletableFuture<NodeDocument> node(NodeAddress address, String token) {
        return real.node(address, token);
      }

      @Override
      public CompletableFuture<List<GroupResult>> putGroups(
          NodeAddress address, String token, List<GroupRequest> groups) {
        return counted("node PUT " + address, () -> real.putGroups(address, token, groups));
      }

      @Override
      public CompletableFuture<Void> deleteGroup(
          NodeAddress address, String token, int groupId, String uid) {
        return counted(
            "node DELETE " + address, () -> real.deleteGroup(address, token, groupId, uid));
      }

      @Override
      public CompletableFuture<Void> putGroup(
          NodeAddress address, String token, GroupRequest group) {
        return counted("node join " + address, () -> real.putGroup(address, token, group));
      }

      @Override
      public CompletableFuture<Void> changeMembers(
          NodeAddress address, String token, int groupId, MemberChange change) {
        return counted(
            "node " + change.change() + " " + address,
            () -> real.changeMembers(address, token, groupId, change));
      }

      @Override
      public CompletableFuture<Void> removeMember(
          NodeAddress address,
          String token,
          int groupId,
          int serverId,
          String uid,
          long configurationIndex) {
        return counted(
            "node remove " + address,
            () -> real.removeMember(address, token, groupId, serverId, uid, configurationIndex));
      }

      @Override
      public CompletableFuture<Void> deleteReplica(
          NodeAddress address, String token, int groupId, String uid, int serverId) {
        return counted(
            "node clean " + address,
            () -> real.deleteReplica(address, token, groupId, uid, serverId));
      }

      @Override
      public CompletableFuture<NodeDocument> drain(NodeAddress address, String token, boolean on) {
        return counted("node drain " + on + " " + address, () -> real.drain(address, token, on));
      }

      @Override
      public WatchCall watch(
          NodeAddress address, String token, OptionalLong since, Consumer<String> lines) {
        return real.watch(address, token, since, lines);
      }
    };
  }

  private <T> CompletableFuture<T> counted(String what, Supplier<CompletableFuture<T>> call) {
    try {
      int number = leaving(what);
      return call.get()
          .thenApply(
              result -> {
                answered(number);
                return result;
              });
    } catch (IllegalStateException e) {
      return CompletableFuture.failedFuture(new AdminException.Passing(e.getMessage(), e, false));
    }
  }
}
