package io.multiraft.crds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the real API server accepts and refuses, and the sentence it refuses with. */
@NeedsApiServer
class ResourceRulesIT {
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

  private static String cluster(String name, String spec) {
    return "{apiVersion: multiraft.io/v1alpha1, kind: RaftCluster, metadata: {name: '%s'}, spec: {%s}}"
        .formatted(name, spec);
  }

  private static String group(String name, String spec) {
    return "{apiVersion: multiraft.io/v1alpha1, kind: RaftGroup, metadata: {name: '%s'}, spec: {%s}}"
        .formatted(name, spec);
  }

  private static final String PLAIN = "tls: {mode: Disabled}";
  private static final String DEMO = "clusterRef: {name: demo}";
  private static final String NAME_52 = "a".repeat(52);

  static Stream<String> accepted() {
    return Stream.of(
        cluster("ok-least", PLAIN),
        cluster(NAME_52, PLAIN),
        cluster("ok-one", PLAIN + ", replicas: 1, image: 'example.org/node:1', port: 1024"),
        cluster("ok-storage", PLAIN + ", storage: {size: 10Gi, storageClassName: fast}"),
        cluster("ok-bytes", PLAIN + ", storage: {size: 1073741824}"),
        cluster("ok-keep", PLAIN + ", storage: {retention: {whenDeleted: Delete}}"),
        cluster(
            "ok-resources",
            PLAIN + ", resources: {requests: {cpu: 1, memory: 1Gi}, limits: {cpu: 1500m}}"),
        cluster("ok-raft", PLAIN + ", raft: {heartbeatIntervalMillis: 200}"),
        cluster(
            "ok-service",
            PLAIN + ", service: {type: LoadBalancer, annotations: {a: b}}, paused: true"),
        group("ok-least", DEMO),
        group(NAME_52, DEMO),
        group("ok-one", DEMO + ", voters: 1"),
        group("ok-three", DEMO + ", voters: 3"),
        group("ok-five", DEMO + ", voters: 5"),
        group("ok-seven", DEMO + ", voters: 7, service: {enabled: true}, deletionPolicy: Retain"),
        group("ok-paused", DEMO + ", paused: true"));
  }

  @ParameterizedTest
  @MethodSource
  void accepted(String resource) {
    api.apply(resource).mustSucceed();
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(cluster("a".repeat(53), PLAIN), "DNS label of at most 52 characters"),
        Arguments.of(cluster("7up", PLAIN), "beginning with a letter"),
        Arguments.of(cluster("with.dot", PLAIN), "DNS label of at most 52 characters"),
        Arguments.of(group("a".repeat(53), DEMO), "DNS label of at most 52 characters"),
        Arguments.of(group("7", DEMO), "beginning with a letter"),
        Arguments.of(cluster("bad", "replicas: 3"), "spec.tls.mode must be said"),
        Arguments.of(cluster("bad", "tls: {}"), "Write `tls: {mode: Disabled}` to accept that"),
        Arguments.of(cluster("bad", "tls: {mode: Operator}"), "this release has no TLS"),
        Arguments.of(cluster("bad", PLAIN + ", replicas: 0"), "spec.replicas: Invalid value: 0"),
        Arguments.of(cluster("bad", PLAIN + ", port: 80"), "greater than or equal to 1024"),
        Arguments.of(cluster("bad", PLAIN + ", image: ''"), "spec.image"),
        Arguments.of(
            cluster("bad", PLAIN + ", raft: {electionTimeoutMillis: 499}"),
            "must be at least 5 times heartbeatIntervalMillis"),
        Arguments.of(
            cluster("bad", PLAIN + ", storage: {size: lots}"),
            "spec.storage.size must be a positive quantity"),
        Arguments.of(
            cluster("bad", PLAIN + ", storage: {size: 0}"),
            "spec.storage.size must be a positive quantity"),
        Arguments.of(
            cluster("bad", PLAIN + ", storage: {retention: {whenScaled: Keep}}"),
            "supported values: \"Delete\", \"Retain\""),
        Arguments.of(
            cluster("bad", PLAIN + ", resources: {limits: {cpu: many}}"),
            "cpu must be a positive quantity"),
        Arguments.of(
            cluster("bad", PLAIN + ", resources: {requests: {memory: '-1Gi'}}"),
            "memory must be a positive quantity"),
        Arguments.of(
            cluster("bad", PLAIN + ", resources: {requests: {gpu: 1}}"),
            "unknown field \"spec.resources.requests.gpu\""),
        Arguments.of(
            cluster("bad", PLAIN + ", service: {type: ExternalName}"),
            "supported values: \"ClusterIP\", \"LoadBalancer\", \"NodePort\""),
        Arguments.of(
            cluster("bad", PLAIN + ", replaceAfterSeconds: 29"),
            "should be greater than or equal to 30"),
        Arguments.of(
            cluster("bad", PLAIN + ", allowedNamespaces: []"),
            "unknown field \"spec.allowedNamespaces\""),
        Arguments.of(group("bad", "voters: 3"), "spec.clusterRef: Required value"),
        Arguments.of(group("bad", "clusterRef: {}"), "spec.clusterRef.name: Required value"),
        Arguments.of(
            group("bad", "clusterRef: {name: demo, namespace: other}"),
            "unknown field \"spec.clusterRef.namespace\""),
        Arguments.of(group("bad", DEMO + ", voters: 2"), "spec.voters must be 1, 3, 5 or 7"),
        Arguments.of(group("bad", DEMO + ", voters: 9"), "spec.voters must be 1, 3, 5 or 7"),
        Arguments.of(group("bad", DEMO + ", learners: 1"), "unknown field \"spec.learners\""),
        Arguments.of(
            group("bad", DEMO + ", deletionPolicy: Keep"),
            "supported values: \"Delete\", \"Retain\""));
  }

  @ParameterizedTest
  @MethodSource
  void refused(String resource, String sentence) {
    Tool.Result result = api.apply(resource);
    assertThat(result.succeeded()).as("%s", result).isFalse();
    assertThat(result.error()).contains(sentence);
  }

  static Stream<Arguments> changesAccepted() {
    return Stream.of(
        Arguments.of(cluster("grow", PLAIN), cluster("grow", PLAIN + ", replicas: 5")),
        Arguments.of(cluster("bigger", PLAIN), cluster("bigger", PLAIN + ", storage: {size: 2Gi}")),
        Arguments.of(
            cluster("same", PLAIN + ", storage: {size: 1Gi, storageClassName: fast}"),
            cluster("same", PLAIN + ", storage: {size: 1024Mi, storageClassName: fast}")),
        Arguments.of(
            cluster("edit", PLAIN),
            cluster(
                "edit",
                PLAIN
                    + ", port: 2379, image: 'example.org/node:2', raft: {electionTimeoutMillis: 2000}")),
        Arguments.of(group("voters", DEMO), group("voters", DEMO + ", voters: 5")),
        Arguments.of(
            group("edit", DEMO),
            group(
                "edit",
                DEMO
                    + ", voters: 3, service: {enabled: true}, deletionPolicy: Retain, paused: true")));
  }

  @ParameterizedTest
  @MethodSource
  void changesAccepted(String before, String after) {
    api.apply(before).mustSucceed();
    api.apply(after).mustSucceed();
  }

  static Stream<Arguments> changesRefused() {
    return Stream.of(
        Arguments.of(
            cluster("shrink", PLAIN),
            cluster("shrink", PLAIN + ", replicas: 2"),
            "spec.replicas cannot shrink in this release"),
        Arguments.of(
            cluster("port", PLAIN),
            cluster("port", PLAIN + ", port: 2380"),
            "spec.port cannot be changed"),
        Arguments.of(
            cluster("size", PLAIN + ", storage: {size: 2Gi}"),
            cluster("size", PLAIN + ", storage: {size: 1500Mi}"),
            "spec.storage.size can only grow"),
        Arguments.of(
            cluster("size-gone", PLAIN + ", storage: {size: 2Gi}"),
            cluster("size-gone", PLAIN),
            "spec.storage.size can only grow"),
        Arguments.of(
            cluster("class", PLAIN + ", storage: {storageClassName: fast}"),
            cluster("class", PLAIN + ", storage: {storageClassName: slow}"),
            "storageClassName cannot be changed"),
        Arguments.of(
            cluster("class-added", PLAIN),
            cluster("class-added", PLAIN + ", storage: {storageClassName: slow}"),
            "storageClassName cannot be changed"),
        Arguments.of(
            cluster("class-gone", PLAIN + ", storage: {storageClassName: fast}"),
            cluster("class-gone", PLAIN),
            "storageClassName cannot be changed"),
        Arguments.of(
            cluster("plain", PLAIN),
            cluster("plain", "tls: {mode: Secret}"),
            "this release has no TLS"),
        Arguments.of(
            group("ref", DEMO),
            group("ref", "clusterRef: {name: other}"),
            "spec.clusterRef cannot be changed"));
  }

  @ParameterizedTest
  @MethodSource
  void changesRefused(String before, String after, String sentence) {
    api.apply(before).mustSucceed();
    Tool.Result result = api.apply(after);
    assertThat(result.succeeded()).as("%s", result).isFalse();
    assertThat(result.error()).contains(sentence);
  }

  @Test
  void scaleSubresourceGrowsAndRefusesToShrink() {
    api.apply(cluster("scaled", PLAIN)).mustSucceed();
    api.kubectl("scale", "rcl/scaled", "--replicas=4").mustSucceed();
    assertThat(field("rcl/scaled", "{.spec.replicas}")).isEqualTo("4");
    assertThat(api.kubectl("scale", "rcl/scaled", "--replicas=3").error())
        .contains("spec.replicas cannot shrink in this release");
  }

  @Test
  void absentFieldsAreFilledIn() {
    api.apply(cluster("defaults", PLAIN)).mustSucceed();
    assertThat(field("rcl/defaults", "{.spec}"))
        .isEqualTo(
            "{\"paused\":false,\"port\":2379,"
                + "\"raft\":{\"electionTimeoutMillis\":1000,\"heartbeatIntervalMillis\":100},"
                + "\"replaceAfterSeconds\":600,\"replicas\":3,\"service\":{\"type\":\"ClusterIP\"},"
                + "\"storage\":{\"retention\":{\"whenDeleted\":\"Retain\",\"whenScaled\":\"Retain\"},\"size\":\"1Gi\"},"
                + "\"tls\":{\"mode\":\"Disabled\"}}");
    api.apply(group("defaults", DEMO)).mustSucceed();
    assertThat(field("rg/defaults", "{.spec}"))
        .isEqualTo(
            "{\"clusterRef\":{\"name\":\"demo\"},\"deletionPolicy\":\"Delete\",\"paused\":false,"
                + "\"service\":{\"enabled\":false},\"voters\":3}");
  }

  @Test
  void groupsAreSelectableByTheirCluster() {
    api.apply(group("selected", "clusterRef: {name: selectable}")).mustSucceed();
    assertThat(
            api.kubectl("get", "rg", "--field-selector=spec.clusterRef.name=selectable", "-oname")
                .mustSucceed()
                .output())
        .isEqualTo("raftgroup.multiraft.io/selected\n");
  }

  private static String field(String resource, String path) {
    return api.kubectl("get", resource, "-ojsonpath=" + path).mustSucceed().output();
  }
}
