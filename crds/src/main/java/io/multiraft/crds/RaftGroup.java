package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * One Raft group: a private, replicated, etcd-compatible key-value store on the nodes of a {@link
 * RaftCluster}.
 *
 * <p>{@code spec} and {@code status} of a new object are null, so that an apply of metadata alone
 * (a finalizer) sends no field of the spec.
 */
@Group(MultiraftApi.GROUP)
@Version(MultiraftApi.VERSION)
@JsonClassDescription(
    "One Raft group: a private, replicated, etcd-compatible key-value store on the nodes of a RaftCluster.")
@Kind("RaftGroup")
@Plural("raftgroups")
@Singular("raftgroup")
@ShortNames("rg")
@Categories("multiraft")
@ValidationRule(value = MultiraftApi.NAME_RULE, message = MultiraftApi.NAME_MESSAGE)
@AdditionalPrinterColumn(
    name = "Cluster",
    jsonPath = ".spec.clusterRef.name",
    type = Type.STRING,
    getDescription = "RaftCluster whose nodes host the group")
@AdditionalPrinterColumn(
    name = "ID",
    jsonPath = ".status.groupId",
    type = Type.INTEGER,
    getDescription = "Group id on the wire, unique within the cluster")
@AdditionalPrinterColumn(
    name = "Leader",
    jsonPath = ".status.leader",
    type = Type.STRING,
    getDescription = "Node that leads the group")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.ready",
    type = Type.STRING,
    getDescription = "Members that are ready, of the members wanted")
@AdditionalPrinterColumn(
    name = "Since",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].lastTransitionTime",
    type = Type.DATE,
    getDescription = "Since when the group is Ready or is not")
@AdditionalPrinterColumn(
    name = "Available",
    jsonPath = ".status.conditions[?(@.type==\"Available\")].status",
    type = Type.STRING,
    getDescription = "Whether the group has a leader and takes writes")
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = Type.STRING,
    priority = 1,
    getDescription = "Why the group is Ready or is not")
@AdditionalPrinterColumn(
    name = "Term",
    jsonPath = ".status.term",
    type = Type.INTEGER,
    priority = 1,
    getDescription = "Raft term of the leader")
@AdditionalPrinterColumn(
    name = "Endpoint",
    jsonPath = ".status.endpoint",
    type = Type.STRING,
    priority = 1,
    getDescription = "Address for etcd clients")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = Type.DATE,
    getDescription = "Time since the resource was made")
public class RaftGroup extends CustomResource<RaftGroupSpec, RaftGroupStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1;

  @Override
  @Required
  @JsonPropertyDescription("What is asked of the group.")
  public RaftGroupSpec getSpec() {
    return super.getSpec();
  }

  @Override
  @JsonPropertyDescription("What the operator last saw.")
  public RaftGroupStatus getStatus() {
    return super.getStatus();
  }

  @Override
  protected RaftGroupSpec initSpec() {
    return null;
  }

  @Override
  protected RaftGroupStatus initStatus() {
    return null;
  }
}
