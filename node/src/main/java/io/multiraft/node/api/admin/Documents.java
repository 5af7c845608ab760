package io.multiraft.node.api.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.multiraft.node.GroupStatus;
import io.multiraft.node.MemberProgress;
import io.multiraft.node.group.GroupSpec;
import io.multiraft.node.raft.MembershipChange;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.ServerConfig;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** The JSON documents of the admin API, as docs/admin-api.md shows them. */
final class Documents {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private Documents() {}

  record Node(
      int nodeId,
      String name,
      String incarnation,
      long bootNumber,
      String version,
      String address,
      int highestGroupIdSeen,
      int groups,
      long leaders,
      boolean drained) {}

  record Member(
      int serverId,
      int nodeId,
      String incarnation,
      String address,
      Boolean learner,
      Integer priority) {

    static Member of(ServerConfig server) {
      Optional<NodeRef> node = NodeRef.fromAux(server.aux());
      return new Member(
          server.serverId(),
          node.map(NodeRef::nodeId).orElse(0),
          node.map(known -> known.incarnation().toString()).orElse(null),
          server.endpoint(),
          server.learner(),
          server.priority());
    }

    ServerConfig toServer() {
      if (incarnation == null || address == null) {
        throw new IllegalArgumentException("members[] need incarnation and address");
      }
      NodeRef node;
      try {
        node = new NodeRef(nodeId, UUID.fromString(incarnation));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "members[].incarnation is not a UUID: " + incarnation, e);
      }
      boolean isLearner = learner != null && learner;
      return new ServerConfig(
          serverId, 0, address, node.toAux(), isLearner, false, priority == null ? 1 : priority);
    }
  }

  /** What the leader knows of a member; the counter is null in a watch. */
  record Progress(
      int serverId,
      boolean live,
      boolean caughtUp,
      @JsonInclude(JsonInclude.Include.NON_NULL) Long matchIndex) {
    static Progress of(MemberProgress progress, boolean counters) {
      return new Progress(
          progress.serverId(),
          progress.live(),
          progress.caughtUp(),
          counters ? progress.matchIndex() : null);
    }
  }

  /** A group; the counters are null in a watch. */
  record Group(
      int groupId,
      String uid,
      String name,
      String namespace,
      String deletionPolicy,
      String state,
      int serverId,
      String role,
      long term,
      Integer leaderServerId,
      Integer leaderNodeId,
      boolean caughtUp,
      long configurationIndex,
      int highestServerId,
      List<Member> members,
      List<Progress> progress,
      long snapshotIndex,
      @JsonInclude(JsonInclude.Include.NON_NULL) Long commitIndex,
      @JsonInclude(JsonInclude.Include.NON_NULL) Long appliedIndex,
      @JsonInclude(JsonInclude.Include.NON_NULL) Long lastIndex,
      String failure) {

    static Group of(GroupStatus status, boolean counters) {
      return new Group(
          status.groupId(),
          status.uid(),
          status.name(),
          status.namespace(),
          status.deletionPolicy(),
          status.state().name(),
          status.serverId(),
          role(status),
          status.term(),
          boxed(status.leaderServerId()),
          boxed(status.leaderNodeId()),
          status.caughtUp(),
          status.configurationIndex(),
          status.highestServerId(),
          status.members().stream().map(Member::of).toList(),
          status.progress().stream().map(member -> Progress.of(member, counters)).toList(),
          status.snapshotIndex(),
          counters ? status.commitIndex() : null,
          counters ? status.appliedIndex() : null,
          counters ? status.lastIndex() : null,
          status.failure().orElse(null));
    }

    private static String role(GroupStatus status) {
      boolean learner =
          status.members().stream()
              .noneMatch(member -> member.serverId() == status.serverId() && member.isVoter());
      if (learner) {
        return "LEARNER";
      }
      return status.role() == Role.PRE_CANDIDATE ? "CANDIDATE" : status.role().name();
    }

    private static Integer boxed(OptionalInt value) {
      return value.isPresent() ? value.getAsInt() : null;
    }
  }

  record GroupList(long sequence, List<Group> groups) {}

  /** The body of a PUT; {@code groupId} only in the one for many. */
  record AddGroup(
      Integer groupId,
      String uid,
      String name,
      String namespace,
      String mode,
      String deletionPolicy,
      Integer serverId,
      List<Member> members) {

    GroupSpec toSpec(int id) {
      if (members == null || members.contains(null)) {
        throw new IllegalArgumentException("members is missing");
      }
      return new GroupSpec(
          id,
          uid,
          name,
          namespace,
          deletionPolicy == null ? "Delete" : deletionPolicy,
          parseMode(mode),
          serverId == null ? 0 : serverId,
          members.stream()
              .map(Member::toServer)
              .sorted(java.util.Comparator.comparingInt(ServerConfig::serverId))
              .toList());
    }

    private static GroupSpec.Mode parseMode(String mode) {
      if ("bootstrap".equals(mode)) {
        return GroupSpec.Mode.BOOTSTRAP;
      }
      if ("join".equals(mode)) {
        return GroupSpec.Mode.JOIN;
      }
      throw new IllegalArgumentException("mode must be bootstrap or join");
    }
  }

  record AddGroups(List<AddGroup> groups) {}

  record AddGroupResult(
      Integer groupId,
      int status,
      @JsonInclude(JsonInclude.Include.NON_NULL) Group group,
      @JsonInclude(JsonInclude.Include.NON_NULL) Problem problem) {}

  record AddGroupsResult(List<AddGroupResult> results) {}

  /**
   * The body of a change of members: {@code add} with the member, {@code promote}, {@code demote}
   * and {@code priority} with its server id.
   */
  record ChangeMembers(
      String uid,
      Long configurationIndex,
      String change,
      Member member,
      Integer serverId,
      Integer priority) {

    long expected() {
      return required(configurationIndex, "configurationIndex");
    }

    MembershipChange toChange() {
      return switch (change == null ? "" : change) {
        case "add" -> new MembershipChange.AddLearner(newMember());
        case "promote" -> new MembershipChange.Promote(required(serverId, "serverId"));
        case "demote" -> new MembershipChange.Demote(required(serverId, "serverId"));
        case "priority" ->
            new MembershipChange.SetPriority(
                required(serverId, "serverId"), required(priority, "priority"));
        default ->
            throw new IllegalArgumentException("change must be add, promote, demote or priority");
      };
    }

    private ServerConfig newMember() {
      ServerConfig server = required(member, "member").toServer();
      if (server.serverId() <= 0
          || server.priority() < 0
          || !server.endpoint().matches("[^\\s:]+:[0-9]{1,5}")) {
        throw new IllegalArgumentException(
            "member needs a serverId above 0, an address host:port and no negative priority");
      }
      return server.asLearner();
    }

    private static <T> T required(T value, String field) {
      if (value == null) {
        throw new IllegalArgumentException(field + " is missing");
      }
      return value;
    }
  }

  /** A body that says only whose group is meant. */
  record Owner(String uid) {}

  /** Who is expected to own a group, and who shall. */
  record ChangeOwner(String expectedUid, String uid) {}

  record Transfer(String uid, Integer serverId) {}

  static <T> T read(byte[] body, Class<T> type) {
    T value;
    try {
      value = JSON.readValue(body, type);
    } catch (UnrecognizedPropertyException e) {
      throw new IllegalArgumentException("there is no field " + e.getPropertyName(), e);
    } catch (JsonProcessingException e) {
      String what = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
      throw new IllegalArgumentException("the body is not what this call takes: " + what, e);
    } catch (IOException e) {
      throw new IllegalArgumentException("the body cannot be read", e);
    }
    if (value == null) {
      throw new IllegalArgumentException("the body is missing");
    }
    return value;
  }

  static byte[] write(Object document) {
    try {
      return JSON.writeValueAsBytes(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a document of our own cannot be written", e);
    }
  }
}
