package io.multiraft.operator.group;

import io.multiraft.crds.RaftGroup;
import io.multiraft.operator.cluster.Names;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.NodeObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at a planned group's members, and asks for those that were never made. */
final class MemberStep {
  private final NodeObserver observer;
  private final NodeCalls calls;

  MemberStep(NodeObserver observer, NodeCalls calls) {
    this.observer = observer;
    this.calls = calls;
  }

  /**
   * Members as their nodes show them now.
   *
   * @param current those of the plan before the first Ready, then those of the configuration
   */
  List<GroupAssessment.Member> observe(
      RaftGroup group, GroupPlan plan, List<Placement.Member> current) {
    ClusterKey key = GroupPlan.cluster(group);
    List<Sighting> sightings = Sighting.of(observer.views(key), plan.groupId());
    List<GroupAssessment.Member> members = new ArrayList<>();
    for (Placement.Member planned : current) {
      String pod = podOf(key, planned.nodeId());
      Optional<Sighting> seen =
          sightings.stream().filter(one -> one.podName().equals(pod)).findFirst();
      Optional<String> refusal =
          calls
              .additionAnswer(key, pod, plan.groupId())
              .filter(NodeQueue.Answer.Refused.class::isInstance)
              .map(answer -> ((NodeQueue.Answer.Refused) answer).problem().sentence());
      MemberState state = MemberState.of(seen, planned, group.getMetadata().getUid(), refusal);
      members.add(new GroupAssessment.Member(planned, pod, state));
    }
    return members;
  }

  static String podOf(ClusterKey cluster, int nodeId) {
    return Names.podName(cluster.name(), nodeId);
  }

  /**
   * Bootstraps where a member is absent. Only before the group's first Ready: after that an absent
   * member was removed, and making it anew with an empty log could lose what it had promised.
   */
  void make(RaftGroup group, GroupPlan plan, List<GroupAssessment.Member> members) {
    if (GroupPlan.isBootstrapped(group) || group.getSpec().paused()) {
      return;
    }
    ClusterKey key = GroupPlan.cluster(group);
    for (GroupAssessment.Member member : members) {
      if (member.state() instanceof MemberState.Absent) {
        calls.add(key, member.node(), plan.request(group));
      }
    }
  }
}
