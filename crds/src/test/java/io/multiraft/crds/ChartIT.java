package io.multiraft.crds;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Helm chart, judged by helm, kubeconform and a real API server. */
@NeedsApiServer
class ChartIT {
  private static final String CHART = "../charts/multiraft";
  private static final String ACCOUNT = "--as=system:serviceaccount:default:multiraft";

  private static ApiServer api;

  @BeforeAll
  static void start() throws IOException {
    api = ApiServer.startWithoutResources();
    api.helm("install", "multiraft", CHART).mustSucceed();
    api.awaitResources();
  }

  @AfterAll
  static void stop() {
    if (api != null) {
      api.close();
    }
  }

  private static Tool.Result helm(String... arguments) {
    return Tool.run("helm", Map.of(), "", arguments);
  }

  @Test
  void lints() {
    helm("lint", "--strict", CHART).mustSucceed();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "replica=3",
        "image.tagg=x",
        "replicas=-1",
        "watchNamespace=Not_A_Name",
        "crds.install=maybe"
      })
  void misspeltValuesAreRefused(String value) {
    Tool.Result result = helm("template", "multiraft", CHART, "--set", value);
    assertThat(result.succeeded()).as("%s", result).isFalse();
    assertThat(result.error()).contains("values don't meet the specifications of the schema");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "replicas=1",
        "watchNamespace=tenants",
        "crds.install=false",
        "serviceAccount.create=false,serviceAccount.name=mine",
        "podLabels.a=b,podAnnotations.c=d,nodeSelector.e=f,priorityClassName=high",
      })
  void rendersWhatTheApiServersSchemaAllows(String values, @TempDir Path schemas)
      throws IOException {
    String rendered = helm("template", "multiraft", CHART, "--set", values).mustSucceed().output();
    OpenApiSchemas.write(
        api.kubectl("get", "--raw", "/openapi/v2").mustSucceed().output(), schemas);
    Tool.Result result =
        Tool.run(
            "kubeconform",
            Map.of(),
            rendered,
            "-strict",
            "-summary",
            "-schema-location",
            schemas + "/{{.ResourceKind}}{{.KindSuffix}}.json");
    result.mustSucceed();
    assertThat(result.output()).contains("Invalid: 0, Errors: 0, Skipped: 0");
    api.kubectl("create", "namespace", "tenants");
    api.kubectlWithInput(
            rendered, "apply", "--dry-run=server", "--server-side", "--force-conflicts", "-f", "-")
        .mustSucceed();
  }

  @Test
  void installedResourcesAreTheGeneratedOnesAndStay() throws IOException {
    for (Path file :
        List.of(
            ApiServer.CRDS.resolve("raftclusters.multiraft.io-v1.yml"),
            ApiServer.CRDS.resolve("raftgroups.multiraft.io-v1.yml"))) {
      ObjectMapper mapper = new ObjectMapper();
      JsonNode generated = Serialization.unmarshal(Files.readString(file), JsonNode.class);
      String name = generated.at("/metadata/name").asText();
      String rendered = helm("template", "multiraft", CHART).mustSucceed().output();
      JsonNode inChart =
          List.of(rendered.split("(?m)^---$")).stream()
              .filter(document -> document.contains("kind: CustomResourceDefinition"))
              .map(document -> Serialization.unmarshal(document, JsonNode.class))
              .filter(document -> name.equals(document.at("/metadata/name").asText()))
              .findFirst()
              .orElseThrow();
      assertThat(inChart.at("/metadata/annotations/helm.sh~1resource-policy").asText())
          .isEqualTo("keep");
      ((ObjectNode) inChart.get("metadata")).remove("annotations");
      assertThat(mapper.readTree(wholeNumbers(inChart)))
          .isEqualTo(mapper.readTree(wholeNumbers(generated)));
    }
  }

  /** 1.0 and 1 are the same bound. */
  private static String wholeNumbers(JsonNode tree) {
    return tree.toString().replaceAll("\\.0([,}])", "$1");
  }

  @Test
  void upgradeWithTheSameValuesChangesNoPod() {
    String path = "-ojsonpath={.metadata.generation} {.spec.template}";
    String before = api.kubectl("get", "deployment/multiraft", path).mustSucceed().output();
    api.helm("upgrade", "multiraft", CHART).mustSucceed();
    assertThat(api.kubectl("get", "deployment/multiraft", path).mustSucceed().output())
        .isEqualTo(before);
  }

  @Test
  void podIsAllowedWhereTheRestrictedStandardIsEnforced() {
    api.apply(
            "{apiVersion: v1, kind: Namespace, metadata: {name: strict, labels:"
                + " {pod-security.kubernetes.io/warn: restricted}}}")
        .mustSucceed();
    String rendered =
        helm(
                "template",
                "multiraft",
                CHART,
                "-nstrict",
                "--set",
                "crds.install=false",
                "-s",
                "templates/deployment.yaml")
            .mustSucceed()
            .output();
    String lax =
        rendered.replace("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true");
    assertThat(api.apply(lax).mustSucceed().error()).contains("would violate PodSecurity");
    assertThat(api.apply(rendered).mustSucceed().error()).doesNotContain("PodSecurity");
  }

  @ParameterizedTest
  @CsvSource({
    "yes, patch, raftgroups.multiraft.io",
    "yes, patch, raftgroups.multiraft.io/status",
    "yes, patch, raftclusters.multiraft.io/status",
    "no, update, raftclusters.multiraft.io/status",
    "yes, watch, pods",
    "yes, create, statefulsets.apps",
    "yes, patch, services",
    "yes, delete, services",
    "yes, create, poddisruptionbudgets.policy",
    "yes, create, serviceaccounts",
    "yes, get, secrets",
    "yes, create, secrets",
    "yes, create, events",
    "yes, update, leases.coordination.k8s.io",
    "no, list, secrets",
    "no, update, secrets",
    "yes, delete, pods",
    "no, create, pods",
    "no, deletecollection, pods",
    "no, create, pods/exec",
    "no, delete, raftgroups.multiraft.io",
    "no, create, raftclusters.multiraft.io",
    "no, delete, statefulsets.apps",
    "no, delete, persistentvolumeclaims",
    "no, get, configmaps",
    "no, get, nodes",
    "no, create, clusterroles.rbac.authorization.k8s.io",
    "no, update, customresourcedefinitions.apiextensions.k8s.io",
  })
  void roleAllowsWhatTheOperatorDoesAndNoMore(String answer, String verb, String resource) {
    String[] parts = resource.split("/");
    String[] command =
        parts.length == 1
            ? new String[] {"auth", "can-i", verb, resource, ACCOUNT}
            : new String[] {"auth", "can-i", verb, parts[0], "--subresource=" + parts[1], ACCOUNT};
    assertThat(api.kubectl(command).output().strip()).isEqualTo(answer);
  }

  @Test
  void namespacedInstallAsksForNoClusterWideRights() {
    String rendered =
        helm("template", "multiraft", CHART, "--set", "watchNamespace=tenants,crds.install=false")
            .mustSucceed()
            .output();
    assertThat(rendered).doesNotContain("ClusterRole").contains("namespace: tenants");
  }
}
