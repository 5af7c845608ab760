package io.multiraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The objects of a cluster, held by golden files: an upgrade of the operator with the same values
 * must change no pod template. Run with {@code -Dgolden.update=true} to write the files anew, and
 * only when users may be asked to restart their nodes.
 */
class NodeStatefulSetTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  private static ClusterSettings plain() {
    return new ClusterSettings(
        "default",
        "demo",
        "00000000-0000-0000-0000-000000000001",
        3,
        "example.org/multiraft-node:1",
        2379,
        "1Gi",
        null,
        "Retain",
        "Retain",
        new ResourceRequirementsBuilder().build(),
        100,
        1000,
        "ClusterIP",
        Map.of());
  }

  private static ClusterSettings full() {
    return new ClusterSettings(
        "prod",
        "big",
        "00000000-0000-0000-0000-000000000002",
        5,
        "example.org/multiraft-node:2",
        7000,
        "100Gi",
        "fast",
        "Delete",
        "Retain",
        new ResourceRequirementsBuilder()
            .withRequests(
                new TreeMap<>(Map.of("cpu", new Quantity("2"), "memory", new Quantity("4Gi"))))
            .withLimits(Map.of("memory", new Quantity("4Gi")))
            .build(),
        50,
        500,
        "LoadBalancer",
        Map.of("example.org/internal", "true"));
  }

  private static void matches(String file, Object... objects) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Object object : objects) {
      text.append(Serialization.asYaml(object));
    }
    Path golden = GOLDEN.resolve(file);
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(GOLDEN);
      Files.writeString(golden, text);
    }
    assertThat(text.toString()).isEqualTo(Files.readString(golden));
  }

  @Test
  void plainClusterIsAsReleased() throws IOException {
    matches("plain-statefulset.yaml", NodeStatefulSet.build(plain()));
  }

  @Test
  void fullClusterIsAsReleased() throws IOException {
    matches("full-statefulset.yaml", NodeStatefulSet.build(full()));
  }

  @Test
  void smallObjectsAreAsReleased() throws IOException {
    matches(
        "full-small-objects.yaml",
        Services.serviceAccount(full()),
        Services.nodesService(full()),
        Services.clientService(full()),
        Services.disruptionBudget(full(), 1));
  }
}
