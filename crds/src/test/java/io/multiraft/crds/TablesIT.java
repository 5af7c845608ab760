package io.multiraft.crds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What people see: the tables of kubectl get, and kubectl explain. */
@NeedsApiServer
class TablesIT {
  private static ApiServer api;

  @BeforeAll
  static void start() throws IOException {
    api = ApiServer.start();
    api.apply(
            """
            apiVersion: multiraft.io/v1alpha1
            kind: RaftCluster
            metadata: {name: demo}
            spec: {tls: {mode: Disabled}}
            ---
            apiVersion: multiraft.io/v1alpha1
            kind: RaftGroup
            metadata: {name: team-a}
            spec: {clusterRef: {name: demo}}
            """)
        .mustSucceed();
    String since =
        Instant.now().minus(5, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS).toString();
    patchStatus(
        "rcl/demo",
        """
        observedGeneration: 1
        replicas: 3
        readyReplicas: 3
        ready: 3/3
        groups: 1
        image: example.org/node:1
        selector: multiraft.io/cluster=demo
        leaders: {demo-1: 1}
        groupIdHighWater: 64
        conditions:
        - {type: Ready, status: "True", reason: AllNodesReady, message: All ready., lastTransitionTime: %1$s}
        - {type: Available, status: "True", reason: MajorityReady, message: Can serve., lastTransitionTime: %1$s}
        """
            .formatted(since));
    patchStatus(
        "rg/team-a",
        """
        observedGeneration: 1
        groupId: 7
        leader: demo-1
        term: 3
        ready: 3/3
        endpoint: team-a.default.svc:2379
        bootstrapMembers: [{serverId: 1, nodeId: 2, incarnation: i, address: "demo-1.demo-nodes.default.svc:2379", node: demo-1}]
        members: [{serverId: 1, node: demo-1, role: LEADER, state: RUNNING}]
        conditions:
        - {type: Available, status: "True", reason: HasLeader, message: Takes writes., lastTransitionTime: %1$s, observedGeneration: 1}
        - {type: Ready, status: "True", reason: AllMembersReady, message: All ready., lastTransitionTime: %1$s, observedGeneration: 1}
        """
            .formatted(since));
  }

  @AfterAll
  static void stop() {
    if (api != null) {
      api.close();
    }
  }

  private static void patchStatus(String resource, String status) {
    api.kubectl(
            "patch",
            resource,
            "--subresource=status",
            "--type=merge",
            "-p",
            "status:\n" + status.indent(2))
        .mustSucceed();
  }

  private static String table(String... arguments) {
    return api.kubectl(arguments)
        .mustSucceed()
        .output()
        .replaceAll(" +", " ")
        .replaceAll(" \n", "\n");
  }

  @Test
  void groups() {
    assertThat(table("get", "rg"))
        .matches(
            "NAME CLUSTER ID LEADER READY SINCE AVAILABLE AGE\nteam-a demo 7 demo-1 3/3 5d True \\d+s\n");
  }

  @Test
  void groupsWide() {
    assertThat(table("get", "rg", "-owide"))
        .matches(
            "NAME CLUSTER ID LEADER READY SINCE AVAILABLE REASON TERM ENDPOINT AGE\n"
                + "team-a demo 7 demo-1 3/3 5d True AllMembersReady 3 team-a.default.svc:2379 \\d+s\n");
  }

  @Test
  void clusters() {
    assertThat(table("get", "rcl"))
        .matches("NAME READY GROUPS AVAILABLE AGE\ndemo 3/3 1 True \\d+s\n");
  }

  @Test
  void clustersWide() {
    assertThat(table("get", "rcl", "-owide"))
        .matches(
            "NAME READY GROUPS AVAILABLE REASON IMAGE AGE\n"
                + "demo 3/3 1 True AllNodesReady example.org/node:1 \\d+s\n");
  }

  @Test
  void bothByCategory() {
    assertThat(table("get", "multiraft", "-oname"))
        .contains("raftcluster.multiraft.io/demo", "raftgroup.multiraft.io/team-a");
  }

  @Test
  void scaleShowsWhatIsThere() {
    assertThat(
            api.kubectl("get", "rcl/demo", "--subresource=scale", "-ojsonpath={.status}")
                .mustSucceed()
                .output())
        .isEqualTo("{\"replicas\":3,\"selector\":\"multiraft.io/cluster=demo\"}");
  }

  @Test
  void everyFieldIsExplained() {
    for (String resource : new String[] {"rcl", "rg"}) {
      assertThat(api.kubectl("explain", resource, "--recursive").mustSucceed().output())
          .doesNotContain("<empty>");
      for (String part : new String[] {"", ".spec", ".status", ".status.conditions"}) {
        assertThat(api.kubectl("explain", resource + part).mustSucceed().output())
            .doesNotContain("<empty>", "<no description>");
      }
    }
    assertThat(api.kubectl("explain", "rg.spec.voters").output().replaceAll("\\s+", " "))
        .contains("How many members vote: 1, 3, 5 or 7");
    assertThat(api.kubectl("explain", "rcl").output().replaceAll("\\s+", " "))
        .contains("A cluster of nodes");
  }

  @Test
  void conditionsAreAMapByType() {
    String again =
        """
        {"apiVersion": "multiraft.io/v1alpha1", "kind": "RaftGroup", "metadata": {"name": "team-a"}, "status":
          {"conditions": [{"type": "Stalled", "status": "True", "reason": "Test", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}
        """;
    api.kubectlWithInput(
            again,
            "apply",
            "--server-side",
            "--subresource=status",
            "--field-manager=other",
            "-f",
            "-")
        .mustSucceed();
    assertThat(
            api.kubectl("get", "rg/team-a", "-ojsonpath={.status.conditions[*].type}")
                .mustSucceed()
                .output()
                .split(" "))
        .containsExactlyInAnyOrder("Available", "Ready", "Stalled");
  }
}
