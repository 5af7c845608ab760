package io.multiraft.operator.status;

import java.util.Locale;

/** Why a condition is what it is. Each reason has one sentence, which is a format. */
public enum Reason {
  // Both resources
  PAUSED("Paused", "spec.paused is true: the operator changes nothing here until it is false."),
  CURRENT("Current", "Everything runs as the spec says."),
  NO_PROBLEMS("NoProblems", "No problem is known."),

  // RaftCluster
  ALL_NODES_READY("AllNodesReady", "All %d nodes are ready."),
  NODES_NOT_READY("NodesNotReady", "%d of %d nodes are ready; waiting for %s."),
  MAJORITY_READY("MajorityReady", "More than half of the nodes are ready."),
  MAJORITY_NOT_READY(
      "MajorityNotReady", "Only %d of %d nodes are ready, which is not more than half."),
  OBJECTS_PENDING("ObjectsPending", "The StatefulSet is being created."),
  ROLLING_OUT("RollingOut", "%d of %d nodes run the current pod template; %s."),
  ROLLOUT_BLOCKED("RolloutBlocked", "%d of %d nodes run the current pod template; %s."),
  STORAGE_SIZE_DIFFERS(
      "StorageSizeDiffers",
      "The StatefulSet asks for volumes of %s, the spec for %s; enlarge the claims data-%s-* by hand,"
          + " existing claims are not resized."),
  SCALE_DOWN_BLOCKED(
      "ScaleDownBlocked",
      "The spec asks for %d nodes, %d are running; nodes are not removed, raise spec.replicas again."),
  NODES_UNREACHABLE("NodesUnreachable", "The operator cannot talk to %s."),
  ORPHANED_GROUPS(
      "OrphanedGroups",
      "Nodes hold groups that no RaftGroup names: %s. They are removed after a grace period, except"
          + " retained ones."),
  OBJECT_REFUSED("ObjectRefused", "The API server refused %s: %s"),
  NAME_TAKEN("NameTaken", "%s exists and belongs to something else; rename or remove it."),
  TOKEN_MISSING("TokenMissing", "The Secret %s has no key 'token'; put the cluster's token there."),
  SCALING("Scaling", "Waiting for %d nodes to be ready."),

  // RaftGroup
  ALL_MEMBERS_READY("AllMembersReady", "All %d members serve."),
  MEMBERS_NOT_READY("MembersNotReady", "%d of %d members serve; waiting for %s."),
  MAJORITY_SERVES("MajorityServes", "A majority of the members serves, and there is a leader."),
  NO_LEADER("NoLeader", "No leader is known to any reachable member."),
  QUORUM_LOST(
      "QuorumLost",
      "Only %d of %d members can be reached, fewer than the majority; the group cannot serve until"
          + " more of them return: %s."),
  NOT_BOOTSTRAPPED("NotBootstrapped", "The group's members have not been made yet."),
  BOOTSTRAPPING("Bootstrapping", "The group is being made on %s."),
  CLUSTER_NOT_FOUND(
      "ClusterNotFound",
      "There is no RaftCluster %s in this namespace; the group goes on once it is there."),
  CLUSTER_DELETING("ClusterDeleting", "RaftCluster %s is being deleted."),
  WAITING_FOR_NODES(
      "WaitingForNodes",
      "Group ids are given out once every node of the cluster has said which ids it has seen; waiting"
          + " for %s."),
  INSUFFICIENT_NODES(
      "InsufficientNodes",
      "%d voters need as many nodes, and only %d of the cluster can take a member; nothing was made."),
  GROUP_IDS_EXHAUSTED("GroupIdsExhausted", "The cluster has given out all 2147483647 group ids."),
  BOOTSTRAP_REFUSED("BootstrapRefused", "%s refused to make its member: %s"),
  MEMBER_MISSING(
      "MemberMissing",
      "The member on %s was removed there, not by the operator; a new member takes its place."),
  MEMBER_FAILED("MemberFailed", "The member on %s has failed: %s"),
  MEMBER_LOST(
      "MemberLost",
      "%s lost its disk (it has another incarnation), and the group's member with it."),
  MEMBER_UNREACHABLE("MemberUnreachable", "The operator cannot talk to %s."),
  VOTERS_DIFFER("VotersDiffer", "The group has %d voters and the spec asks for %d."),
  CHANGING_MEMBERS("ChangingMembers", "The group's members are being changed: %s."),
  REPLACING_MEMBER("ReplacingMember", "The member on %s is gone and is being replaced: %s."),
  NO_SPARE_NODE(
      "NoSpareNode",
      "The member on %s is gone and no other node can take its place: bring the node back, or add one"
          + " (kubectl scale rcl/%s --replicas=N)."),
  SERVICE_NAME_TAKEN(
      "ServiceNameTaken",
      "A Service named %s exists that this group does not own; rename or remove it, or set"
          + " spec.service.enabled to false.");

  private final String text;
  private final String sentence;

  Reason(String text, String sentence) {
    this.text = text;
    this.sentence = sentence;
  }

  /** As written in the resource: one CamelCase word. */
  public String text() {
    return text;
  }

  /** The sentence for people. */
  public String sentence(Object... arguments) {
    return String.format(Locale.ROOT, sentence, arguments);
  }
}
