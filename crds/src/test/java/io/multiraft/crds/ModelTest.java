package io.multiraft.crds;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The Java types against the JSON that goes over the wire. */
class ModelTest {
  @Test
  void absentPartsOfASpecAreTheDefaultsOfTheApiServer() {
    RaftCluster cluster =
        Serialization.unmarshal("kind: RaftCluster\nspec: {replicas: 5}", RaftCluster.class);
    assertThat(cluster.getSpec().replicas()).isEqualTo(5);
    assertThat(cluster.getSpec().port()).isEqualTo(2379);
    assertThat(cluster.getSpec().storage().size()).isEqualTo(new Quantity("1Gi"));
    assertThat(cluster.getSpec().storage().retention())
        .isEqualTo(new StorageRetention(VolumePolicy.Retain, VolumePolicy.Retain));
    assertThat(cluster.getSpec().raft()).isEqualTo(new RaftTiming(100, 1000));
    assertThat(cluster.getSpec().service().type()).isEqualTo(ClientService.ServiceType.ClusterIP);
    assertThat(cluster.getStatus()).isNull();

    RaftGroup group =
        Serialization.unmarshal(
            "kind: RaftGroup\nspec: {clusterRef: {name: demo}}", RaftGroup.class);
    assertThat(group.getSpec())
        .isEqualTo(
            new RaftGroupSpec(
                new ClusterRef("demo"),
                3,
                new GroupService(false),
                RaftGroupSpec.DeletionPolicy.Delete,
                false));
  }

  @Test
  void applyOfMetadataAloneSendsNoSpec() {
    RaftGroup group = new RaftGroup();
    group.setMetadata(
        new ObjectMetaBuilder().withName("team-a").withFinalizers("multiraft.io/group").build());
    assertThat(Serialization.asJson(group)).doesNotContain("spec").doesNotContain("status");
  }

  @Test
  void statusOfAClusterComesBackEqual() {
    RaftClusterStatus status =
        new RaftClusterStatus(
            4L,
            3,
            2,
            "2/3",
            17,
            Map.of("demo-0", 9, "demo-1", 8),
            "example.org/node:1",
            128,
            new Disruption("demo-1", "5d1f", "RollingOut", "2026-11-24T00:00:00Z"),
            "multiraft.io/cluster=demo",
            List.of(condition()));
    assertThat(Serialization.unmarshal(Serialization.asJson(status), RaftClusterStatus.class))
        .isEqualTo(status);
  }

  @Test
  void statusOfAGroupComesBackEqual() {
    RaftGroupStatus status =
        new RaftGroupStatus(
            1L,
            7,
            List.of(
                new BootstrapMember(1, 1, "2f9c", "demo-0.demo-nodes.default.svc:2379", "demo-0")),
            "demo-0",
            3L,
            List.of(
                new Member("demo-0", 1, "LEADER", "RUNNING"), new Member("demo-1", 2, null, null)),
            "1/3",
            "team-a.default.svc:2379",
            List.of(condition()));
    String json = Serialization.asJson(status);
    assertThat(json).doesNotContain("null").contains("\"status\":\"True\"");
    assertThat(Serialization.unmarshal(json, RaftGroupStatus.class)).isEqualTo(status);
  }

  @Test
  void resourcesBecomeWhatAContainerStates() {
    NodeResources resources =
        new NodeResources(
            new NodeResources.Amounts(new Quantity("500m"), null),
            new NodeResources.Amounts(null, new Quantity("1Gi")));
    assertThat(resources.toRequirements().getRequests())
        .isEqualTo(Map.of("cpu", new Quantity("500m")));
    assertThat(resources.toRequirements().getLimits())
        .isEqualTo(Map.of("memory", new Quantity("1Gi")));
  }

  private static Condition condition() {
    return new Condition(
        "Ready", Condition.Status.True, "AllReady", "All ready.", "2026-11-24T00:00:00Z", 1L);
  }
}
