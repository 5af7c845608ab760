package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;

/** What the operator decided for a group and last saw of it. Values not known yet are null. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RaftGroupStatus(
    @JsonPropertyDescription("Generation of the spec that this status is about.")
        Long observedGeneration,
    @JsonPropertyDescription("Group id on the wire, given once and for good.") Integer groupId,
    @JsonPropertyDescription(
            "The members that the group was first made with, decided before the first call to a node and never again.")
        List<BootstrapMember> bootstrapMembers,
    @JsonPropertyDescription("Name of the node that leads the group; absent while none does.")
        String leader,
    @JsonPropertyDescription("Raft term of the leader.") Long term,
    @JsonPropertyDescription("The members as their nodes report them.") List<Member> members,
    @JsonPropertyDescription("Members that are ready, of the members wanted: 3/3.") String ready,
    @JsonPropertyDescription("Address for etcd clients, host:port.") String endpoint,
    @JsonPropertyDescription(
            "Ready, Available, UpToDate and Healthy, each with a reason; Reconciling and Stalled only while they are true.")
        List<Condition> conditions) {
  /** Copies the collections, which are never null. */
  public RaftGroupStatus {
    bootstrapMembers = bootstrapMembers == null ? List.of() : List.copyOf(bootstrapMembers);
    members = members == null ? List.of() : List.copyOf(members);
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
