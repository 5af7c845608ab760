package io.multiraft.operator.it;

import static io.multiraft.operator.it.World.CLUSTER;
import static io.multiraft.operator.it.World.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.multiraft.crds.Condition;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** RaftCluster against a real API server. */
class ClusterIT {
  private static Map<String, String> versions(World world) {
    Map<String, String> versions = new LinkedHashMap<>();
    List<HasMetadata> objects = new java.util.ArrayList<>();
    var client = world.client();
    String namespace = world.namespace();
    objects.addAll(client.services().inNamespace(namespace).list().getItems());
    objects.addAll(client.serviceAccounts().inNamespace(namespace).list().getItems());
    objects.addAll(client.apps().statefulSets().inNamespace(namespace).list().getItems());
    objects.addAll(
        client.policy().v1().podDisruptionBudget().inNamespace(namespace).list().getItems());
    objects.addAll(client.secrets().inNamespace(namespace).list().getItems());
    objects.add(world.cluster());
    for (HasMetadata object : objects) {
      versions.put(
          object.getKind() + " " + object.getMetadata().getName(),
          object.getMetadata().getResourceVersion());
    }
    return versions;
  }

  @Test
  void makesItsObjectsOnceAndThenLeavesThemAlone() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(3);
      world.awaitLeaderCounts(3);
      Map<String, String> before = versions(world);
      assertThat(before)
          .containsKeys(
              "Secret demo-token",
              "ServiceAccount demo",
              "Service demo",
              "Service demo-nodes",
              "StatefulSet demo",
              "PodDisruptionBudget demo");
      assertThat(world.cluster().getStatus().ready()).isEqualTo("3/3");
      assertThat(world.cluster().getStatus().image()).isEqualTo(World.IMAGE);

      int calls = world.faults().calls().size();
      for (int round = 0; round < 5; round++) {
        // Each change of an annotation makes the operator reconcile.
        world.nudgeCluster();
      }
      Thread.sleep(1_500); // nothing to wait for: nothing must happen
      assertThat(world.faults().calls()).as("no write is made").hasSize(calls);

      world.stopOperator();
      world.image("example.org/multiraft-node:2").startOperator();
      soon()
          .until(
              () -> world.faults().calls().stream().anyMatch(one -> one.contains("poddisruption")));
      Thread.sleep(500);
      Map<String, String> after = versions(world);
      before.remove("RaftCluster demo");
      after.remove("RaftCluster demo");
      assertThat(after)
          .as("a new operator with a newer default image changes no object")
          .isEqualTo(before);
      assertThat(world.cluster().getStatus().image()).isEqualTo(World.IMAGE);
    }
  }

  @Test
  void repairsWhatIsRemovedOrChanged() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(3);
      var client = world.client();
      client
          .policy()
          .v1()
          .podDisruptionBudget()
          .inNamespace(world.namespace())
          .withName(CLUSTER)
          .delete();
      soon()
          .until(
              () ->
                  client
                          .policy()
                          .v1()
                          .podDisruptionBudget()
                          .inNamespace(world.namespace())
                          .withName(CLUSTER)
                          .get()
                      != null);
      client
          .services()
          .inNamespace(world.namespace())
          .withName("demo-nodes")
          .edit(
              service -> {
                service.getSpec().setPublishNotReadyAddresses(false);
                return service;
              });
      soon()
          .until(
              () ->
                  client
                      .services()
                      .inNamespace(world.namespace())
                      .withName("demo-nodes")
                      .get()
                      .getSpec()
                      .getPublishNotReadyAddresses());
    }
  }

  @Test
  void neverOverwritesATokenAndRefusesATakenName() throws Exception {
    try (World world = new World()) {
      var client = world.client();
      client
          .resource(
              new io.fabric8.kubernetes.api.model.SecretBuilder()
                  .withNewMetadata()
                  .withNamespace(world.namespace())
                  .withName("demo-token")
                  .endMetadata()
                  .withStringData(Map.of("token", "mine"))
                  .build())
          .create();
      client
          .resource(
              new io.fabric8.kubernetes.api.model.ServiceBuilder()
                  .withNewMetadata()
                  .withNamespace(world.namespace())
                  .withName(CLUSTER)
                  .endMetadata()
                  .withNewSpec()
                  .addNewPort()
                  .withPort(80)
                  .endPort()
                  .endSpec()
                  .build())
          .create();
      world.createCluster(1);
      world.startOperator();
      soon().until(() -> world.clusterCondition("Stalled").isPresent());
      Condition stalled = world.clusterCondition("Stalled").orElseThrow();
      assertThat(stalled.reason()).isEqualTo("NameTaken");
      assertThat(stalled.message()).contains("Service demo");

      client.services().inNamespace(world.namespace()).withName(CLUSTER).delete();
      world.nudgeCluster();
      world.runPods();
      soon().until(() -> world.clusterCondition("Stalled").isEmpty());
      assertThat(world.tokenSecret().getData()).containsEntry("token", "bWluZQ==");
    }
  }

  @Test
  void grows() throws Exception {
    try (World world = new World()) {
      world.startOperator();
      world.startCluster(1);
      world
          .client()
          .resource(world.cluster())
          .patch(
              io.fabric8.kubernetes.client.dsl.base.PatchContext.of(
                  io.fabric8.kubernetes.client.dsl.base.PatchType.JSON_MERGE),
              "{\"spec\":{\"replicas\":3}}");
      soon().until(() -> world.statefulSet().getSpec().getReplicas() == 3);
      soon()
          .until(
              () ->
                  world
                      .clusterCondition("Ready")
                      .filter(one -> one.status() == Condition.Status.False)
                      .isPresent());
      world.runPods();
      soon().until(() -> "3/3".equals(world.cluster().getStatus().ready()));
    }
  }
}
