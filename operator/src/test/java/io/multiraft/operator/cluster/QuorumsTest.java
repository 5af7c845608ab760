package io.multiraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.operator.observe.NodeView.Contact;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuorumsTest {
  private static final List<String> PODS = List.of("demo-0", "demo-1", "demo-2");

  @Test
  void withAllServingAnyOneNodeMayGo() {
    Nodes nodes = Nodes.of(3).group(1, 1, 2, 3).group(2, 2, 3, 1);
    for (String pod : PODS) {
      assertThat(nodes.quorums().lostWithout(pod)).isEmpty();
    }
    assertThat(budget(nodes, 1)).isEqualTo(1);
  }

  @Test
  void aMemberThatLagsIsNotCountedSoTheOthersMustStay() {
    Nodes nodes = Nodes.of(3).group(1, 1, 2, 3).group(2, 2, 3, 1).behind(1, 3);
    assertThat(nodes.quorums().lostWithout("demo-0")).containsExactly("ns/g1");
    assertThat(nodes.quorums().lostWithout("demo-1")).containsExactly("ns/g1");
    assertThat(nodes.quorums().lostWithout("demo-2")).as("the one that lags").isEmpty();
    assertThat(nodes.quorums().behindOn("demo-2")).containsExactly("ns/g1");
    assertThat(budget(nodes, 1)).isZero();
  }

  @Test
  void aNodeThatIsAwayIsNotCounted() {
    for (Contact away : List.of(Contact.LOST, Contact.CONNECTING)) {
      Nodes nodes = Nodes.of(3).group(1, 1, 2, 3).contact(2, away);
      assertThat(nodes.quorums().lostWithout("demo-0")).containsExactly("ns/g1");
      assertThat(nodes.quorums().lostWithout("demo-1")).isEmpty();
      assertThat(nodes.quorums().isComplete()).isEqualTo(away == Contact.LOST);
    }
  }

  @Test
  void aFailedMemberIsNotCountedAndDoesNotHoldItsNode() {
    Nodes nodes = Nodes.of(3).group(1, 1, 2, 3).failed(1, 3);
    assertThat(nodes.quorums().lostWithout("demo-0")).containsExactly("ns/g1");
    assertThat(nodes.quorums().lostWithout("demo-2")).isEmpty();
    assertThat(nodes.quorums().behindOn("demo-2")).isEmpty();
  }

  @Test
  void groupsOfOneVoterAndGroupsWithoutQuorumForbidNothing() {
    Nodes nodes = Nodes.of(3).group(1, 1).group(2, 1, 2, 3).failed(2, 2).failed(2, 3);
    assertThat(nodes.quorums().lostWithout("demo-0")).isEmpty();
    assertThat(nodes.quorums().ledBy("demo-0"))
        .as("nobody else can lead g1")
        .containsExactly("ns/g2");
    assertThat(budget(nodes, 0)).isEqualTo(1);
  }

  @Test
  void fiveVotersSurviveOneMoreNode() {
    Nodes nodes = Nodes.of(5).group(1, 1, 2, 3, 4, 5).behind(1, 5);
    assertThat(nodes.quorums().lostWithout("demo-0")).isEmpty();
    nodes.behind(1, 4);
    assertThat(nodes.quorums().lostWithout("demo-0")).containsExactly("ns/g1");
  }

  @Test
  void theBudgetStaysAsItIsUntilEveryNodeHasAnswered() {
    Nodes nodes = Nodes.of(3).group(1, 1, 2, 3).contact(3, Contact.CONNECTING);
    assertThat(budget(nodes, 1)).isEqualTo(1);
    assertThat(budget(nodes, 0)).isZero();
  }

  private static int budget(Nodes nodes, int before) {
    return EvictionBudget.maxUnavailable(nodes.quorums(), PODS, before);
  }
}
