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
 * A cluster of nodes (a StatefulSet), each of which hosts many Raft groups behind one port.
 *
 * <p>{@code spec} and {@code status} of a new object are null, so that an apply of metadata alone
 * (a finalizer) sends no field of the spec.
 */
@Group(MultiraftApi.GROUP)
@Version(MultiraftApi.VERSION)
@JsonClassDescription(
    "A cluster of nodes (a StatefulSet), each of which hosts many Raft groups behind one port.")
@Kind("RaftCluster")
@Plural("raftclusters")
@Singular("raftcluster")
@ShortNames("rcl")
@Categories("multiraft")
@ValidationRule(value = MultiraftApi.NAME_RULE, message = MultiraftApi.NAME_MESSAGE)
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.ready",
    type = Type.STRING,
    getDescription = "Nodes that are ready, of the nodes wanted")
@AdditionalPrinterColumn(
    name = "Groups",
    jsonPath = ".status.groups",
    type = Type.INTEGER,
    getDescription = "RaftGroups that live on this cluster")
@AdditionalPrinterColumn(
    name = "Available",
    jsonPath = ".status.conditions[?(@.type==\"Available\")].status",
    type = Type.STRING,
    getDescription = "Whether the cluster can serve its groups")
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = Type.STRING,
    priority = 1,
    getDescription = "Why the cluster is Ready or is not")
@AdditionalPrinterColumn(
    name = "Image",
    jsonPath = ".status.image",
    type = Type.STRING,
    priority = 1,
    getDescription = "Node image in force")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = Type.DATE,
    getDescription = "Time since the resource was made")
public class RaftCluster extends CustomResource<RaftClusterSpec, RaftClusterStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1;

  @Override
  @Required
  @JsonPropertyDescription("What is asked of the cluster.")
  public RaftClusterSpec getSpec() {
    return super.getSpec();
  }

  @Override
  @JsonPropertyDescription("What the operator last saw.")
  public RaftClusterStatus getStatus() {
    return super.getStatus();
  }

  @Override
  protected RaftClusterSpec initSpec() {
    return null;
  }

  @Override
  protected RaftClusterStatus initStatus() {
    return null;
  }
}
