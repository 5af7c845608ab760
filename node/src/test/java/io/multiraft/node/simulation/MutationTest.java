package io.multiraft.node.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Deliberate bugs that the simulation must find (docs/testing.md has the table). Every run tries a
 * few that are found soon; {@code -Dmultiraft.mutations=all} tries all of them.
 */
class MutationTest {
  private static final boolean ALL = "all".equals(System.getProperty("multiraft.mutations"));
  private static final int MAX_SEEDS = Integer.getInteger("multiraft.mutations.seeds", 600);

  @TempDir Path directory;

  @BeforeAll
  static void silence() {
    Simulate.silenceLog();
  }

  static Stream<Mutation> mutations() {
    List<Mutation> chosen = new ArrayList<>(Mutations.FOUND_SOON);
    if (ALL) {
      chosen.addAll(Mutations.FOUND_LATER);
    }
    return chosen.stream();
  }

  @ParameterizedTest
  @MethodSource("mutations")
  void isFound(Mutation mutation) throws Exception {
    Mutation.Caught caught = mutation.find(directory, 1, MAX_SEEDS);
    System.out.printf(
        "| %s | %s | %d | %s |%n",
        mutation.name(), mutation.source(), caught.seeds(), firstWords(caught.violation()));
    assertThat(caught.violation()).isNotEmpty();
  }

  private static String firstWords(String violation) {
    int end = violation.indexOf(':');
    return violation.substring(0, end > 0 ? Math.min(end, 80) : Math.min(violation.length(), 80));
  }
}
