package io.multiraft.node.group;

import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.ServerConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code addGroup} asks for.
 *
 * @param groupId 0 and up
 * @param uid of the resource that made the group, never empty
 * @param name of the resource, for people and for choosing a group by name
 * @param namespace of the resource
 * @param deletionPolicy {@code Delete} or {@code Retain}
 * @param mode whether this starts a group or adds an empty member to one
 * @param joinServerId the new member's server id in mode {@link Mode#JOIN}, else 0
 * @param members every member with its node, in mode join those that exist as far as known
 */
public record GroupSpec(
    int groupId,
    String uid,
    String name,
    String namespace,
    String deletionPolicy,
    Mode mode,
    int joinServerId,
    List<ServerConfig> members) {
  private static final int MAX_MEMBERS = 63;
  private static final int MAX_TEXT_CHARS = 253;

  /** How a member begins (design rule: a group is bootstrapped once, later members join). */
  public enum Mode {
    BOOTSTRAP,
    JOIN
  }

  /**
   * Checks what can be checked without knowing the node.
   *
   * @throws IllegalArgumentException naming the field that is wrong
   */
  public GroupSpec {
    check(groupId >= 0, "groupId must not be negative");
    checkText(uid, "uid");
    checkText(name, "name");
    checkText(namespace, "namespace");
    check(
        "Delete".equals(deletionPolicy) || "Retain".equals(deletionPolicy),
        "deletionPolicy must be Delete or Retain");
    Objects.requireNonNull(mode, "mode");
    members = List.copyOf(members);
    check(!members.isEmpty(), "members must not be empty");
    check(members.size() <= MAX_MEMBERS, "members must be at most " + MAX_MEMBERS);
    check(mode == Mode.BOOTSTRAP || joinServerId > 0, "serverId is needed in mode join");
    checkUnique(members);
  }

  /**
   * In force until the log or a snapshot says otherwise. One that joins is no member at first,
   * whatever the list says: only the group's log can make it one.
   */
  ClusterConfig initialConfig() {
    return ClusterConfig.initial(
        members.stream()
            .filter(member -> mode == Mode.BOOTSTRAP || member.serverId() != joinServerId)
            .toList());
  }

  /** The same group with another owner. */
  GroupSpec ownedBy(String newUid) {
    return new GroupSpec(
        groupId, newUid, name, namespace, deletionPolicy, mode, joinServerId, members);
  }

  /** The member that runs on a node. */
  public Optional<ServerConfig> memberOn(int nodeId) {
    return members.stream().filter(member -> nodeOf(member).nodeId() == nodeId).findFirst();
  }

  private static NodeRef nodeOf(ServerConfig member) {
    return NodeRef.fromAux(member.aux())
        .orElseThrow(() -> new IllegalArgumentException("member without node"));
  }

  private static void checkUnique(List<ServerConfig> members) {
    Set<Integer> servers = new HashSet<>();
    Set<Integer> nodes = new HashSet<>();
    for (ServerConfig member : members) {
      check(member.serverId() > 0, "members[].serverId must be 1 or more");
      check(servers.add(member.serverId()), "members name server " + member.serverId() + " twice");
      int nodeId = nodeOf(member).nodeId();
      check(nodeId > 0, "members[].nodeId must be 1 or more");
      check(nodes.add(nodeId), "members name node " + nodeId + " twice");
      checkText(member.endpoint(), "members[].address");
      check(
          member.endpoint().matches("[^\\s:]+:[0-9]{1,5}"), "members[].address must be host:port");
    }
  }

  private static void checkText(String text, String field) {
    check(text != null && !text.isEmpty(), field + " is missing");
    check(text.length() <= MAX_TEXT_CHARS, field + " is longer than " + MAX_TEXT_CHARS);
    check(text.chars().allMatch(c -> c > ' ' && c < 127), field + " must be plain ASCII");
  }

  private static void check(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
