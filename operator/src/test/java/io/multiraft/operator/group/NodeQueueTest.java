package io.multiraft.operator.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.multiraft.operator.observe.AdminApi;
import io.multiraft.operator.observe.AdminException;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.GroupRequest;
import io.multiraft.operator.observe.GroupResult;
import io.multiraft.operator.observe.MemberChange;
import io.multiraft.operator.observe.NodeAddress;
import io.multiraft.operator.observe.NodeDocument;
import io.multiraft.operator.observe.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeQueueTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<List<GroupRequest>> batches = new CopyOnWriteArrayList<>();
  private final List<CompletableFuture<List<GroupResult>>> answers = new CopyOnWriteArrayList<>();
  private final List<Integer> removals = new CopyOnWriteArrayList<>();
  private final List<CompletableFuture<Void>> removalAnswers = new CopyOnWriteArrayList<>();
  private final List<GroupName> told = new CopyOnWriteArrayList<>();

  private final AdminApi api =
      new AdminApi() {
        @Override
        public CompletableFuture<NodeDocument> node(NodeAddress address, String token) {
          throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> putGroup(
            NodeAddress address, String token, GroupRequest group) {
          throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> changeMembers(
            NodeAddress address, String token, int groupId, MemberChange change) {
          throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> removeMember(
            NodeAddress address,
            String token,
            int groupId,
            int serverId,
            String uid,
            long configurationIndex) {
          throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> deleteReplica(
            NodeAddress address, String token, int groupId, String uid, int serverId) {
          throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<NodeDocument> drain(
            NodeAddress address, String token, boolean on) {
          throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<List<GroupResult>> putGroups(
            NodeAddress address, String token, List<GroupRequest> groups) {
          batches.add(groups);
          CompletableFuture<List<GroupResult>> answer = new CompletableFuture<>();
          answers.add(answer);
          return answer;
        }

        @Override
        public CompletableFuture<Void> deleteGroup(
            NodeAddress address, String token, int groupId, String uid) {
          removals.add(groupId);
          CompletableFuture<Void> answer = new CompletableFuture<>();
          removalAnswers.add(answer);
          return answer;
        }

        @Override
        public WatchCall watch(
            NodeAddress address, String token, OptionalLong since, Consumer<String> lines) {
          throw new UnsupportedOperationException();
        }
      };

  private final NodeQueue queue =
      new NodeQueue(
          new ClusterKey("default", "demo"),
          "demo-0",
          api,
          () -> Optional.of(new NodeQueue.Access(new NodeAddress("127.0.0.1", 1), "t")),
          timer,
          told::add);

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  private static GroupRequest request(int id) {
    return GroupRequest.bootstrap(id, "u" + id, "g" + id, "default", "Delete", List.of());
  }

  private static GroupName name(int id) {
    return new GroupName("default", "g" + id);
  }

  private void answer(int batch, int status, String reason) {
    List<GroupResult> results = new ArrayList<>();
    for (GroupRequest request : batches.get(batch)) {
      Problem problem =
          reason == null ? null : new Problem("urn:multiraft:" + reason, reason, status, reason);
      results.add(new GroupResult(request.groupId(), status, null, problem));
    }
    answers.get(batch).complete(results);
  }

  private static List<Integer> ids(List<GroupRequest> batch) {
    return batch.stream().map(GroupRequest::groupId).toList();
  }

  @Test
  void sendsWhatGatheredWhileTheLastBatchRan() {
    for (int id = 1; id <= 5; id++) {
      queue.add(request(id));
      queue.add(request(id));
    }
    assertThat(batches).hasSize(1);
    assertThat(ids(batches.get(0))).containsExactly(1);
    answer(0, 201, null);
    assertThat(ids(batches.get(1))).containsExactly(2, 3, 4, 5);
    answer(1, 200, null);
    assertThat(told).hasSize(5);
    queue.add(request(3));
    assertThat(batches).as("an answered request is not sent again").hasSize(2);
  }

  @Test
  void sendsAtMostAThousandAtOnce() {
    for (int id = 1; id <= 2_500; id++) {
      queue.add(request(id));
    }
    answer(0, 201, null);
    answer(1, 201, null);
    answer(2, 201, null);
    answer(3, 201, null);
    assertThat(batches.stream().map(List::size)).containsExactly(1, 1_000, 1_000, 499);
  }

  @Test
  void repeatsWhatFailedInPassingAndKeepsRefusals() {
    queue.add(request(1));
    answers
        .get(0)
        .completeExceptionally(new AdminException.Passing("connection reset", null, false));
    await().atMost(Duration.ofSeconds(30)).until(() -> batches.size() == 2);
    answer(1, 409, "node-draining");
    await().atMost(Duration.ofSeconds(30)).until(() -> batches.size() == 3);
    assertThat(queue.additionAnswer(1)).isEmpty();
    answer(2, 409, "tombstone");
    assertThat(queue.additionAnswer(1))
        .get()
        .isInstanceOfSatisfying(
            NodeQueue.Answer.Refused.class,
            refused -> assertThat(refused.problem().reason()).isEqualTo("tombstone"));
    assertThat(told).containsExactly(name(1));
  }

  @Test
  void aRemovalWithdrawsAnAdditionThatHasNotLeft() {
    queue.add(request(1));
    queue.add(request(2));
    queue.remove(2, name(2), "u2");
    assertThat(removals).containsExactly(2);
    answer(0, 201, null);
    assertThat(batches).hasSize(1);
  }

  @Test
  void aRemovalWaitsForTheAdditionUnderWay() {
    queue.add(request(1));
    queue.remove(1, name(1), "u1");
    queue.remove(1, name(1), "u1");
    assertThat(removals).isEmpty();
    answers.get(0).completeExceptionally(new AdminException.Passing("reset", null, false));
    await().atMost(Duration.ofSeconds(30)).until(() -> removals.size() == 1);
    assertThat(batches).as("the addition is not repeated").hasSize(1);
    removalAnswers.get(0).complete(null);
    assertThat(queue.removalAnswer(1)).contains(new NodeQueue.Answer.Done());
    queue.add(request(1));
    queue.forget(1);
    assertThat(queue.removalAnswer(1)).isEmpty();
  }
}
