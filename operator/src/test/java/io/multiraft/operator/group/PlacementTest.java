package io.multiraft.operator.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.multiraft.operator.observe.ClusterKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlacementTest {
  private static final ClusterKey CLUSTER = new ClusterKey("default", "demo");

  private static List<Placement.Candidate> nodes(int... replicas) {
    List<Placement.Candidate> nodes = new ArrayList<>();
    for (int load : replicas) {
      int id = nodes.size() + 1;
      nodes.add(new Placement.Candidate(id, "incarnation-" + id, "node-" + id + ":2379", load));
    }
    return nodes;
  }

  @ParameterizedTest
  @CsvSource({"1,0", "3,2", "5,4", "7,0"})
  void fewerNodesThanVotersMakesNothing(int voters, int candidates) {
    assertThat(Placement.plan(voters, "uid", nodes(new int[candidates])))
        .isEqualTo(new Placement.Plan.InsufficientNodes(candidates));
  }

  @Test
  void takesTheLeastLoaded() {
    Placement.Plan plan = Placement.plan(3, "uid", nodes(9, 1, 8, 0, 2));
    assertThat(((Placement.Plan.Placed) plan).members())
        .extracting(Placement.Member::nodeId)
        .containsExactly(4, 2, 5);
  }

  @Test
  void refusesANodeListedTwice() {
    List<Placement.Candidate> twice = new ArrayList<>(nodes(0, 0));
    twice.add(twice.get(0));
    assertThatThrownBy(() -> Placement.plan(1, "uid", twice)).hasMessageContaining("twice");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void spreadsMembersAndFirstMembers(long seed) {
    Random random = new Random(seed);
    ReplicaCounts counts = new ReplicaCounts();
    int nodeCount = 3 + random.nextInt(6);
    int[] first = new int[nodeCount + 1];
    int groups = 600;
    for (int group = 0; group < groups; group++) {
      String uid = new UUID(random.nextLong(), random.nextLong()).toString();
      int[] loads = new int[nodeCount];
      for (int node = 0; node < nodeCount; node++) {
        loads[node] = counts.replicas(CLUSTER, node + 1);
      }
      var plan = (Placement.Plan.Placed) Placement.plan(3, uid, nodes(loads));
      List<Integer> nodeIds = plan.members().stream().map(Placement.Member::nodeId).toList();
      assertThat(new HashSet<>(nodeIds)).as("seed %d", seed).hasSize(3);
      assertThat(plan.members()).extracting(Placement.Member::serverId).containsExactly(1, 2, 3);
      counts.put(CLUSTER, uid, nodeIds);
      first[nodeIds.get(0)]++;
    }
    for (int node = 1; node <= nodeCount; node++) {
      assertThat(counts.replicas(CLUSTER, node))
          .as("members on node %d, seed %d", node, seed)
          .isBetween(groups * 3 / nodeCount - 1, groups * 3 / nodeCount + 2);
      assertThat(first[node])
          .as("first members on node %d, seed %d", node, seed)
          .isBetween(groups / nodeCount / 2, groups / nodeCount * 2);
    }
  }

  @Test
  void countsEachGroupOnce() {
    ReplicaCounts counts = new ReplicaCounts();
    counts.put(CLUSTER, "a", List.of(1, 2));
    counts.put(CLUSTER, "a", List.of(1, 2));
    counts.put(CLUSTER, "b", List.of(2));
    assertThat(counts.replicas(CLUSTER, 2)).isEqualTo(2);
    counts.remove("a");
    counts.remove("a");
    assertThat(counts.replicas(CLUSTER, 1)).isZero();
    assertThat(counts.replicas(CLUSTER, 2)).isEqualTo(1);
  }
}
