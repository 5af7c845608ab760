package io.multiraft.operator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.operator.observe.ClusterKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MembershipCallsTest {
  private static final ClusterKey CLUSTER = new ClusterKey("ns", "demo");

  private final List<CompletableFuture<Void>> started = new ArrayList<>();
  private final List<GroupName> answered = new ArrayList<>();
  private long nowNanos;
  private final MembershipCalls calls = new MembershipCalls(answered::add, () -> nowNanos);

  private Duration start(ClusterKey cluster, String group) {
    return calls.start(
        cluster,
        new GroupName("ns", group),
        "does something",
        () -> {
          CompletableFuture<Void> call = new CompletableFuture<>();
          started.add(call);
          return call;
        });
  }

  @Test
  void oneStepOfAGroupAtATime() {
    assertThat(start(CLUSTER, "a")).isZero();
    assertThat(start(CLUSTER, "a")).isPositive();
    assertThat(started).hasSize(1);
    started.get(0).complete(null);
    assertThat(answered).containsExactly(new GroupName("ns", "a"));
    assertThat(start(CLUSTER, "a")).isZero();
  }

  @Test
  void soManyOfAClusterAtATime() {
    for (int group = 0; group < MembershipCalls.MAX_UNDER_WAY; group++) {
      assertThat(start(CLUSTER, "g" + group)).isZero();
    }
    assertThat(start(CLUSTER, "one-more")).isPositive();
    assertThat(start(new ClusterKey("ns", "other"), "elsewhere")).isZero();
    started.get(3).complete(null);
    assertThat(start(CLUSTER, "one-more")).isZero();
  }

  @Test
  void afterAFailureAGroupWaitsLongerEachTimeUpToABound() {
    Duration before = Duration.ZERO;
    for (int failure = 0; failure < 12; failure++) {
      assertThat(start(CLUSTER, "a")).isZero();
      started.get(failure).completeExceptionally(new IllegalStateException("no"));
      Duration wait = start(CLUSTER, "a");
      assertThat(wait).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(Duration.ofSeconds(30));
      nowNanos += wait.toNanos();
      before = wait;
    }
    assertThat(before).isEqualTo(Duration.ofSeconds(30));
    assertThat(start(CLUSTER, "a")).isZero();
    started.get(12).complete(null);
    assertThat(start(CLUSTER, "a")).as("a success forgets").isZero();
  }
}
