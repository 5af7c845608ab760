package io.multiraft.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which group a call is for: its connection's, then its metadata's, then its authority's. */
class GroupChooserTest {
  private final GroupChooser chooser =
      new GroupChooser(
          EtcdPort.resolver(
              List.of(new InMemoryGroup(7, "team-a"), new InMemoryGroup(8, "team-b"))),
          "default");

  @ParameterizedTest
  @CsvSource({
    // bound, metadata, authority, outcome
    ",, team-a.default, 7",
    ",, team-a.default:2379, 7",
    ",, team-b.default.svc.cluster.local:2379, 8",
    ",, TEAM-A, 7",
    ",, team-a:2379, 7",
    ",, team-a.other, NOT_FOUND",
    ",, localhost:2379, NOT_FOUND",
    ",, 127.0.0.1:2379, INVALID_ARGUMENT",
    ",, [::1]:2379, INVALID_ARGUMENT",
    ",,, INVALID_ARGUMENT",
    ", team-b, team-a, 8",
    ", team-b.default, 127.0.0.1:1, 8",
    ", 7, 127.0.0.1:1, 7",
    ", 9, team-a, NOT_FOUND",
    ", 4294967296, team-a, NOT_FOUND",
    ", team-b.default.svc, team-a, NOT_FOUND",
    "team-a.default,, 127.0.0.1:1, 7",
    "team-a.default,, localhost:2379, 7",
    "team-a.default, team-a, team-a.default, 7",
    "team-a.default, 7, localhost, 7",
    "team-a.default, team-b, localhost, PERMISSION_DENIED",
    "team-a.default, 8, localhost, PERMISSION_DENIED",
    "team-a.default, nobody, localhost, PERMISSION_DENIED",
    "team-a.default,, team-b.default, PERMISSION_DENIED",
    "gone.default,, team-a.default, NOT_FOUND",
  })
  void chooses(String bound, String metadata, String authority, String outcome) {
    String chosen;
    try {
      chosen =
          Integer.toString(
              chooser
                  .choose(
                      Optional.ofNullable(bound),
                      Optional.ofNullable(metadata),
                      Optional.ofNullable(authority))
                  .server()
                  .groupId());
    } catch (StatusException e) {
      chosen = e.getStatus().getCode().name();
      assertThat(e.getStatus().getDescription()).contains("group");
    }
    assertThat(chosen).isEqualTo(outcome);
  }
}
