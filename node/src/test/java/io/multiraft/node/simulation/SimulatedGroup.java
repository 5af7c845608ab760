package io.multiraft.node.simulation;

import io.multiraft.node.raft.NodeRef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A group as its clients and its operator see it. */
final class SimulatedGroup {
  static final int KEYS = 3;

  private final int id;
  private final Map<Integer, NodeRef> memberNodes;
  private final List<RegisterHistory> histories = new ArrayList<>();
  private final Set<Long> acknowledged = new HashSet<>();
  private final Set<Long> surelyFailed = new HashSet<>();
  private boolean removing;

  /**
   * @param memberNodes by node id; each has the node's id as its server id
   */
  SimulatedGroup(int id, Map<Integer, NodeRef> memberNodes) {
    this.id = id;
    this.memberNodes = new TreeMap<>(memberNodes);
    for (int key = 0; key < KEYS; key++) {
      histories.add(new RegisterHistory());
    }
  }

  int id() {
    return id;
  }

  String uid() {
    return "uid-" + id;
  }

  Map<Integer, NodeRef> memberNodes() {
    return memberNodes;
  }

  List<Integer> nodes() {
    return List.copyOf(memberNodes.keySet());
  }

  RegisterHistory history(int key) {
    return histories.get(key);
  }

  List<RegisterHistory> histories() {
    return histories;
  }

  Set<Long> acknowledged() {
    return acknowledged;
  }

  Set<Long> surelyFailed() {
    return surelyFailed;
  }

  /** Somebody has begun to remove it: it owes its clients nothing any more. */
  void beginRemoval() {
    removing = true;
  }

  boolean isRemoving() {
    return removing;
  }

  /** Whether so many members still have their disks that it must elect and commit. */
  boolean hasQuorum(Map<Integer, SimulatedNode> nodes) {
    long intact = memberNodes.values().stream().filter(ref -> isIntact(ref, nodes)).count();
    return intact > memberNodes.size() / 2;
  }

  boolean hasQuorumWithout(SimulatedNode lost, Map<Integer, SimulatedNode> nodes) {
    long intact =
        memberNodes.values().stream()
            .filter(ref -> ref.nodeId() != lost.id() && isIntact(ref, nodes))
            .count();
    return !memberNodes.containsKey(lost.id()) || intact > memberNodes.size() / 2;
  }

  boolean isIntact(NodeRef member, Map<Integer, SimulatedNode> nodes) {
    return nodes.get(member.nodeId()).isTrusted()
        && nodes.get(member.nodeId()).ref().equals(member);
  }
}
