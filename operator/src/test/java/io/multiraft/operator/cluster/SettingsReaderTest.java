package io.multiraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.multiraft.crds.RaftCluster;
import io.multiraft.crds.RaftClusterSpec;
import io.multiraft.crds.RaftClusterStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
  private static RaftCluster cluster(int replicas, String image, String pinned) {
    RaftCluster cluster = new RaftCluster();
    cluster.setMetadata(
        new ObjectMetaBuilder().withNamespace("default").withName("demo").withUid("u").build());
    cluster.setSpec(
        new RaftClusterSpec(replicas, image, null, null, null, null, null, null, null, null));
    cluster.setStatus(
        new RaftClusterStatus(null, null, null, null, null, null, pinned, null, null, null, null));
    return cluster;
  }

  private static StatefulSet running(RaftCluster like, String image) {
    return NodeStatefulSet.build(SettingsReader.read(like, null, image));
  }

  /** Which image is in force: the spec's, else the pinned, else the running, else the default. */
  @ParameterizedTest
  @CsvSource({"spec,pinned,runs,spec", ",pinned,runs,pinned", ",,runs,runs", ",,,default"})
  void imageInForce(String spec, String pinned, String runs, String expected) {
    RaftCluster cluster = cluster(3, spec, pinned);
    StatefulSet running = runs == null ? null : running(cluster(3, null, null), runs);
    assertThat(SettingsReader.read(cluster, running, "default").image()).isEqualTo(expected);
  }

  @Test
  void nothingShrinksAndVolumesStayAsTheyWereMade() {
    StatefulSet running = running(cluster(5, null, null), "image");
    running
        .getSpec()
        .getVolumeClaimTemplates()
        .get(0)
        .getSpec()
        .getResources()
        .getRequests()
        .put("storage", new io.fabric8.kubernetes.api.model.Quantity("500Mi"));
    ClusterSettings settings = SettingsReader.read(cluster(3, null, null), running, "image");
    assertThat(settings.replicas()).isEqualTo(5);
    assertThat(settings.storageSize()).isEqualTo("500Mi");
  }
}
