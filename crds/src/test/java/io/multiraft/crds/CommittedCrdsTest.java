package io.multiraft.crds;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.CustomResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The committed CustomResourceDefinitions are what the Java types say, in the jar and in the chart.
 */
class CommittedCrdsTest {
  private static final String REFRESH =
      "mvn -pl crds test -Dtest=CommittedCrdsTest -Dcrds.refresh=true";
  private static final Path GENERATED = Path.of("target/generated-crds");
  private static final Path IN_JAR = Path.of("src/main/resources/META-INF/fabric8");
  private static final Path IN_CHART = Path.of("../charts/multiraft/files/crds");

  @ParameterizedTest
  @ValueSource(classes = {RaftCluster.class, RaftGroup.class})
  void committedFilesAreGeneratedFromTheTypes(Class<?> resource) throws IOException {
    String file = CustomResource.getCRDName(resource.asSubclass(CustomResource.class)) + "-v1.yml";
    String expected = CrdFinisher.finish(resource, Files.readString(GENERATED.resolve(file)));
    for (Path directory : new Path[] {IN_JAR, IN_CHART}) {
      Path committed = directory.resolve(file);
      if (Boolean.getBoolean("crds.refresh")) {
        Files.createDirectories(directory);
        Files.writeString(committed, expected);
      }
      assertThat(committed)
          .as("%s is stale. Refresh it with: %s", committed.normalize(), REFRESH)
          .exists()
          .hasContent(expected);
    }
  }
}
