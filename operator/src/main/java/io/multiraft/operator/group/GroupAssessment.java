package io.multiraft.operator.group;

import static io.multiraft.operator.status.ConditionType.AVAILABLE;
import static io.multiraft.operator.status.ConditionType.HEALTHY;
import static io.multiraft.operator.status.ConditionType.READY;
import static io.multiraft.operator.status.ConditionType.RECONCILING;
import static io.multiraft.operator.status.ConditionType.STALLED;
import static io.multiraft.operator.status.ConditionType.UP_TO_DATE;

import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.status.Finding;
import io.multiraft.operator.status.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a group's members, seen together, mean. Pure.
 *
 * @param leaderNodeId the node that leads; empty while no leader is known
 * @param term the leader's term; meaningful only with a leader
 * @param serving how many members serve
 * @param lines one for each planned member
 * @param undecided some node may still answer in a moment: what is missing is not news yet
 * @param findings the conditions
 */
public record GroupAssessment(
    Optional<Integer> leaderNodeId,
    long term,
    int serving,
    List<Line> lines,
    boolean undecided,
    List<Finding> findings) {

  /** One member for people: a word for its role (null when unknown) and one for its state. */
  public record Line(int serverId, int nodeId, String node, String role, String state) {}

  /** A planned member, the name of its node, and what was seen of it. */
  public record Member(Placement.Member planned, String node, MemberState state) {}

  /**
   * Judges a group that has a plan.
   *
   * @param bootstrapped the group was ready once: a missing member was removed, it is not new
   * @param wantedVoters as the spec says now
   */
  public static GroupAssessment of(List<Member> members, boolean bootstrapped, int wantedVoters) {
    Optional<GroupDocument> newest = newestWithLeader(members);
    long term = newest.map(GroupDocument::term).orElse(0L);
    Predicate<Member> serves = member -> serves(member, term);
    int serving = (int) members.stream().filter(serves).count();
    List<Line> lines = members.stream().map(one -> line(one, bootstrapped, term)).toList();
    boolean undecided =
        members.stream().anyMatch(one -> one.state() instanceof MemberState.Unknown);
    boolean leader = newest.isPresent();
    List<Finding> findings = new ArrayList<>();
    findings.add(ready(members, serves, bootstrapped, leader));
    findings.add(available(members, serving, bootstrapped, leader));
    findings.add(upToDate(members, bootstrapped, wantedVoters));
    findings.addAll(healthy(members, bootstrapped));
    if (!bootstrapped && serving < members.size() && !isStalled(findings)) {
      findings.add(Finding.yes(RECONCILING, Reason.BOOTSTRAPPING, names(members, one -> true)));
    }
    return new GroupAssessment(
        newest.map(GroupDocument::leaderNodeId),
        term,
        serving,
        lines,
        undecided,
        List.copyOf(findings));
  }

  /** The same with another finding for one condition. */
  GroupAssessment with(Finding other) {
    List<Finding> changed = new ArrayList<>(findings);
    changed.removeIf(finding -> finding.type() == other.type());
    changed.add(other);
    return new GroupAssessment(leaderNodeId, term, serving, lines, undecided, List.copyOf(changed));
  }

  /** Whether all members serve under a known leader. */
  public boolean isReady() {
    return findings.stream().anyMatch(finding -> finding.type() == READY && finding.holds());
  }

  private static boolean isStalled(List<Finding> findings) {
    return findings.stream().anyMatch(finding -> finding.type() == STALLED);
  }

  /**
   * Whether a member serves under the leader of this term. One that still tells of the leader
   * before does not yet: what it shows of roles is out of date.
   */
  private static boolean serves(Member member, long term) {
    return member.state() instanceof MemberState.Present present
        && present.document().isServing()
        && present.document().term() >= term;
  }

  private static boolean lives(Member member) {
    return member.state() instanceof MemberState.Present present && !present.document().isFailed();
  }

  /** A deposed leader may not know yet: the highest term is right. */
  private static Optional<GroupDocument> newestWithLeader(List<Member> members) {
    return members.stream()
        .filter(GroupAssessment::lives)
        .map(one -> ((MemberState.Present) one.state()).document())
        .filter(document -> document.leaderNodeId() != null)
        .max((a, b) -> Long.compare(a.term(), b.term()));
  }

  private static Line line(Member member, boolean bootstrapped, long term) {
    MemberState state = member.state();
    String role = null;
    String word;
    if (state instanceof MemberState.Present present) {
      GroupDocument document = present.document();
      role = document.role();
      word = document.isFailed() ? "Failed" : serves(member, term) ? "Ready" : "CatchingUp";
    } else if (state instanceof MemberState.Absent) {
      word = bootstrapped ? "Missing" : "Creating";
    } else {
      // Unknown, Unreachable, Lost, Refused: the type's name is the word.
      word = state.getClass().getSimpleName();
    }
    Placement.Member planned = member.planned();
    return new Line(planned.serverId(), planned.nodeId(), member.node(), role, word);
  }

  private static Finding ready(
      List<Member> members, Predicate<Member> serves, boolean bootstrapped, boolean leader) {
    long serving = members.stream().filter(serves).count();
    if (serving == members.size() && leader) {
      return Finding.yes(READY, Reason.ALL_MEMBERS_READY, members.size());
    }
    if (!bootstrapped && members.stream().noneMatch(serves)) {
      return Finding.no(READY, Reason.BOOTSTRAPPING, names(members, one -> true));
    }
    return Finding.no(
        READY, Reason.MEMBERS_NOT_READY, serving, members.size(), names(members, serves.negate()));
  }

  private static Finding available(
      List<Member> members, int serving, boolean bootstrapped, boolean leader) {
    int majority = members.size() / 2 + 1;
    if (serving >= majority && leader) {
      return Finding.yes(AVAILABLE, Reason.MAJORITY_SERVES);
    }
    if (!bootstrapped) {
      return Finding.no(AVAILABLE, Reason.NOT_BOOTSTRAPPED);
    }
    long living = members.stream().filter(GroupAssessment::lives).count();
    return living < majority
        ? Finding.no(
            AVAILABLE,
            Reason.QUORUM_LOST,
            living,
            members.size(),
            names(members, one -> !lives(one)))
        : Finding.no(AVAILABLE, Reason.NO_LEADER);
  }

  private static Finding upToDate(List<Member> members, boolean bootstrapped, int wantedVoters) {
    if (wantedVoters != members.size()) {
      return Finding.no(UP_TO_DATE, Reason.VOTERS_DIFFER, members.size(), wantedVoters);
    }
    boolean made =
        bootstrapped
            || members.stream().allMatch(one -> one.state() instanceof MemberState.Present);
    return made
        ? Finding.yes(UP_TO_DATE, Reason.CURRENT)
        : Finding.no(UP_TO_DATE, Reason.BOOTSTRAPPING, names(members, one -> true));
  }

  /** Healthy, and Stalled where the operator will not get any further by itself. */
  private static List<Finding> healthy(List<Member> members, boolean bootstrapped) {
    for (Member member : members) {
      Finding refused = refusedOrGone(member, bootstrapped);
      if (refused != null) {
        // A member that is missing or lost after the first Ready is replaced by membership steps.
        return bootstrapped
            ? List.of(refused)
            : List.of(refused, new Finding(STALLED, true, refused.reason(), refused.message()));
      }
    }
    for (Member member : members) {
      if (member.state() instanceof MemberState.Present present && present.document().isFailed()) {
        return List.of(
            Finding.no(HEALTHY, Reason.MEMBER_FAILED, member.node(), present.document().failure()));
      }
    }
    Predicate<Member> unreachable = one -> one.state() instanceof MemberState.Unreachable;
    if (members.stream().anyMatch(unreachable)) {
      return List.of(Finding.no(HEALTHY, Reason.MEMBER_UNREACHABLE, names(members, unreachable)));
    }
    return List.of(Finding.yes(HEALTHY, Reason.NO_PROBLEMS));
  }

  private static Finding refusedOrGone(Member member, boolean bootstrapped) {
    if (member.state() instanceof MemberState.Refused refused) {
      return Finding.no(HEALTHY, Reason.BOOTSTRAP_REFUSED, member.node(), refused.why());
    }
    if (member.state() instanceof MemberState.Lost) {
      return Finding.no(HEALTHY, Reason.MEMBER_LOST, member.node());
    }
    if (member.state() instanceof MemberState.Absent && bootstrapped) {
      return Finding.no(HEALTHY, Reason.MEMBER_MISSING, member.node());
    }
    return null;
  }

  private static String names(List<Member> members, Predicate<Member> which) {
    return members.stream()
        .filter(which)
        .map(Member::node)
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
