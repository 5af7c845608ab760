package io.multiraft.operator.cluster;

import io.multiraft.operator.observe.GroupDocument;
import io.multiraft.operator.observe.MemberDocument;
import io.multiraft.operator.observe.NodeSnapshot;
import io.multiraft.operator.observe.NodeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Builds what nodes show, for tests: pod {@code demo-N} runs node N + 1. */
final class Nodes {
  private final Map<Integer, NodeView.Contact> contacts = new TreeMap<>();
  private final Map<Integer, Map<Integer, GroupDocument>> groups = new TreeMap<>();

  static Nodes of(int count) {
    Nodes nodes = new Nodes();
    IntStream.rangeClosed(1, count)
        .forEach(
            id -> {
              nodes.contacts.put(id, NodeView.Contact.SYNCED);
              nodes.groups.put(id, new TreeMap<>());
            });
    return nodes;
  }

  static String pod(int nodeId) {
    return "demo-" + (nodeId - 1);
  }

  Nodes contact(int nodeId, NodeView.Contact contact) {
    contacts.put(nodeId, contact);
    return this;
  }

  /** A group that serves on all these nodes, led by the first. */
  Nodes group(int groupId, int... nodeIds) {
    List<MemberDocument> members = new ArrayList<>();
    for (int nodeId : nodeIds) {
      members.add(new MemberDocument(nodeId, nodeId, "i" + nodeId, pod(nodeId), false, 1));
    }
    for (int nodeId : nodeIds) {
      show(
          groupId,
          nodeId,
          "RUNNING",
          nodeId == nodeIds[0] ? "LEADER" : "FOLLOWER",
          nodeIds[0],
          true,
          members);
    }
    return this;
  }

  private void show(
      int groupId,
      int nodeId,
      String state,
      String role,
      int leader,
      boolean caughtUp,
      List<MemberDocument> members) {
    groups
        .get(nodeId)
        .put(
            groupId,
            new GroupDocument(
                groupId,
                "uid" + groupId,
                "g" + groupId,
                "ns",
                "Delete",
                state,
                nodeId,
                role,
                1,
                leader,
                leader,
                caughtUp,
                1,
                9,
                members,
                List.of(),
                "FAILED".equals(state) ? "broken" : null));
  }

  /** The member of a group on a node lags. */
  Nodes behind(int groupId, int nodeId) {
    GroupDocument old = groups.get(nodeId).get(groupId);
    show(groupId, nodeId, "RUNNING", "FOLLOWER", old.leaderServerId(), false, old.members());
    return this;
  }

  /** The member of a group on a node failed. */
  Nodes failed(int groupId, int nodeId) {
    GroupDocument old = groups.get(nodeId).get(groupId);
    show(groupId, nodeId, "FAILED", "FOLLOWER", old.leaderServerId(), false, old.members());
    return this;
  }

  /** The group's leadership goes to another node. */
  Nodes led(int groupId, int byNodeId) {
    groups
        .values()
        .forEach(
            on ->
                on.computeIfPresent(
                    groupId,
                    (id, old) ->
                        new GroupDocument(
                            id,
                            old.uid(),
                            old.name(),
                            old.namespace(),
                            old.deletionPolicy(),
                            old.state(),
                            old.serverId(),
                            old.serverId() == byNodeId ? "LEADER" : "FOLLOWER",
                            old.term() + 1,
                            byNodeId,
                            byNodeId,
                            old.caughtUp(),
                            old.configurationIndex(),
                            old.highestServerId(),
                            old.members(),
                            old.progress(),
                            old.failure())));
    return this;
  }

  Quorums quorums() {
    return new Quorums(
        contacts.entrySet().stream()
            .map(
                entry ->
                    new NodeSnapshot(
                        pod(entry.getKey()),
                        entry.getKey(),
                        entry.getValue(),
                        groups.get(entry.getKey())))
            .toList());
  }
}
