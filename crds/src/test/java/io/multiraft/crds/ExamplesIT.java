package io.multiraft.crds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The API server takes the examples as they are. */
@NeedsApiServer
class ExamplesIT {
  private static final Path EXAMPLES = Path.of("../examples");

  private static ApiServer api;

  @BeforeAll
  static void start() throws IOException {
    api = ApiServer.start();
  }

  @AfterAll
  static void stop() {
    if (api != null) {
      api.close();
    }
  }

  @Test
  void clusterAndGroup() {
    for (String file : new String[] {"cluster.yaml", "group.yaml"}) {
      api.kubectl("apply", "-f", EXAMPLES.resolve(file).toString()).mustSucceed();
    }
    assertThat(api.kubectl("get", "rcl,rg", "-oname").output())
        .contains("raftcluster.multiraft.io/demo", "raftgroup.multiraft.io/team-a");
  }

  @Test
  void hundredGroups() {
    Path generator = EXAMPLES.resolve("hundred-groups/generate").toAbsolutePath().normalize();
    Tool.Result generated = Tool.run("sh", Map.of(), "", generator.toString());
    api.apply(generated.mustSucceed().output()).mustSucceed();
    assertThat(
            api.kubectl("get", "rg", "-l", "example=hundred-groups", "-oname")
                .mustSucceed()
                .output()
                .lines())
        .hasSize(100);
  }
}
