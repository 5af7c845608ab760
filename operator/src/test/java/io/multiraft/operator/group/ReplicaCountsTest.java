package io.multiraft.operator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.operator.observe.ClusterKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReplicaCountsTest {
  private static final ClusterKey CLUSTER = new ClusterKey("ns", "demo");
  private static final int NODES = 5;
  private static final int VOTERS = 3;

  private final ReplicaCounts counts = new ReplicaCounts();

  /** Each saw the counts of before the others, and a few nodes got more than their share. */
  @Test
  void groupsThatArePlannedAtOnceSpreadEvenly() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Void>> groups = new ArrayList<>();
      for (int group = 0; group < 100; group++) {
        String uid = "uid-" + group;
        groups.add(
            () -> {
              place(uid, replicas -> replicas);
              return null;
            });
      }
      for (Future<Void> planned : threads.invokeAll(groups)) {
        planned.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(onNodes()).containsOnly(100 * VOTERS / NODES);
  }

  @Test
  void aGroupThatIsPlannedAgainDoesNotCountItsFirstPlan() {
    place("a", replicas -> replicas);
    List<Integer> before = onNodes();
    place(
        "a",
        replicas -> {
          assertThat(IntStream.rangeClosed(1, NODES).map(replicas)).containsOnly(0);
          return replicas;
        });
    assertThat(onNodes()).isEqualTo(before);
    counts.remove("a");
    assertThat(onNodes()).containsOnly(0);
  }

  private void place(String uid, java.util.function.UnaryOperator<IntUnaryOperator> look) {
    counts.place(
        CLUSTER, uid, replicas -> Placement.plan(VOTERS, uid, candidates(look.apply(replicas))));
  }

  private static List<Placement.Candidate> candidates(IntUnaryOperator replicas) {
    return IntStream.rangeClosed(1, NODES)
        .mapToObj(
            nodeId ->
                new Placement.Candidate(
                    nodeId, "i" + nodeId, "a" + nodeId, replicas.applyAsInt(nodeId)))
        .toList();
  }

  private List<Integer> onNodes() {
    return IntStream.rangeClosed(1, NODES)
        .map(nodeId -> counts.replicas(CLUSTER, nodeId))
        .boxed()
        .toList();
  }
}
