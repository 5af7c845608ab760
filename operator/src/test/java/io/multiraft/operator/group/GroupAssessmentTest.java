package io.multiraft.operator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.status.ConditionType;
import io.multiraft.operator.status.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupAssessmentTest {
  private static GroupDocument document(String role, Integer leader, boolean failed, long term) {
    return new GroupDocument(
        7,
        "u",
        "g",
        "default",
        "Delete",
        failed ? "FAILED" : "RUNNING",
        1,
        role,
        term,
        leader,
        leader,
        leader != null,
        1,
        3,
        List.of(),
        List.of(),
        failed ? "disk damaged" : null);
  }

  /**
   * L leader (node 1), F follower of node 1, o leader of a term before, c candidate, x failed, .
   * absent, u unknown, - unreachable, l lost, r refused.
   */
  private static GroupAssessment assess(String members, boolean bootstrapped) {
    List<GroupAssessment.Member> list = new ArrayList<>();
    for (char letter : members.toCharArray()) {
      int id = list.size() + 1;
      MemberState state =
          switch (letter) {
            case 'L' -> new MemberState.Present(document("LEADER", 1, false, 5));
            case 'F' -> new MemberState.Present(document("FOLLOWER", 1, false, 5));
            case 'o' -> new MemberState.Present(document("LEADER", 2, false, 4));
            case 'c' -> new MemberState.Present(document("CANDIDATE", null, false, 6));
            case 'x' -> new MemberState.Present(document("FOLLOWER", null, true, 5));
            case '.' -> new MemberState.Absent();
            case 'u' -> new MemberState.Unknown();
            case '-' -> new MemberState.Unreachable();
            case 'l' -> new MemberState.Lost();
            case 'r' -> new MemberState.Refused("tombstone");
            default -> throw new IllegalArgumentException(members);
          };
      list.add(
          new GroupAssessment.Member(
              new Placement.Member(id, id, "i" + id, "a" + id), "demo-" + (id - 1), state));
    }
    return GroupAssessment.of(list, bootstrapped, members.length());
  }

  @ParameterizedTest
  @CsvSource({
    // members, was ready once, serving, Ready, Available, UpToDate, Healthy, and what is true
    // besides
    "LFF,true,3,+AllMembersReady,+MajorityServes,+Current,+NoProblems,",
    "LFF,false,3,+AllMembersReady,+MajorityServes,+Current,+NoProblems,",
    "LF-,true,2,-MembersNotReady,+MajorityServes,+Current,-MemberUnreachable,",
    "LFx,true,2,-MembersNotReady,+MajorityServes,+Current,-MemberFailed,",
    "LFo,true,2,-MembersNotReady,+MajorityServes,+Current,+NoProblems,",
    "LF.,true,2,-MembersNotReady,+MajorityServes,+Current,-MemberMissing,",
    "LF.,false,2,-MembersNotReady,+MajorityServes,-Bootstrapping,+NoProblems,Reconciling",
    "LFl,true,2,-MembersNotReady,+MajorityServes,+Current,-MemberLost,",
    "LFr,false,2,-MembersNotReady,+MajorityServes,-Bootstrapping,-BootstrapRefused,Stalled",
    "...,false,0,-Bootstrapping,-NotBootstrapped,-Bootstrapping,+NoProblems,Reconciling",
    "ccc,false,0,-Bootstrapping,-NotBootstrapped,+Current,+NoProblems,Reconciling",
    "ccc,true,0,-MembersNotReady,-NoLeader,+Current,+NoProblems,",
    "c--,true,0,-MembersNotReady,-QuorumLost,+Current,-MemberUnreachable,",
    "---,true,0,-MembersNotReady,-QuorumLost,+Current,-MemberUnreachable,",
    "L,true,1,+AllMembersReady,+MajorityServes,+Current,+NoProblems,",
  })
  void saysWhatIs(
      String members,
      boolean bootstrapped,
      int serving,
      String ready,
      String available,
      String upToDate,
      String healthy,
      String besides) {
    GroupAssessment assessment = assess(members, bootstrapped);
    Map<ConditionType, String> found =
        assessment.findings().stream()
            .collect(
                Collectors.toMap(
                    Finding::type, one -> (one.holds() ? "+" : "-") + one.reason().text()));
    assertThat(assessment.serving()).isEqualTo(serving);
    assertThat(found)
        .containsEntry(ConditionType.READY, ready)
        .containsEntry(ConditionType.AVAILABLE, available)
        .containsEntry(ConditionType.UP_TO_DATE, upToDate)
        .containsEntry(ConditionType.HEALTHY, healthy);
    assertThat(found.containsKey(ConditionType.STALLED)).isEqualTo("Stalled".equals(besides));
    assertThat(found.containsKey(ConditionType.RECONCILING))
        .isEqualTo("Reconciling".equals(besides));
    assertThat(assessment.isReady()).isEqualTo(ready.startsWith("+"));
  }

  @Test
  void believesTheHighestTerm() {
    GroupAssessment.Member deposed =
        new GroupAssessment.Member(
            new Placement.Member(1, 1, "i1", "a1"),
            "demo-0",
            new MemberState.Present(document("LEADER", 1, false, 5)));
    GroupAssessment.Member follower =
        new GroupAssessment.Member(
            new Placement.Member(2, 2, "i2", "a2"),
            "demo-1",
            new MemberState.Present(document("FOLLOWER", 3, false, 6)));
    GroupAssessment assessment = GroupAssessment.of(List.of(deposed, follower), true, 2);
    assertThat(assessment.leaderNodeId()).contains(3);
    assertThat(assessment.term()).isEqualTo(6);
  }

  @Test
  void isUndecidedWhileANodeMayStillAnswer() {
    assertThat(assess("LFu", true).undecided()).isTrue();
    assertThat(assess("LF-", true).undecided()).isFalse();
  }
}
