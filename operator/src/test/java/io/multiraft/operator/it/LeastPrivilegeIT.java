package io.multiraft.operator.it;

import static io.multiraft.operator.it.World.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.multiraft.crds.RaftGroupSpec.DeletionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The operator with exactly the rights that the chart gives it. */
class LeastPrivilegeIT {
  private static final Path HELPERS = Path.of("../charts/multiraft/templates/_helpers.tpl");
  private static final String ACCOUNT = "operator";

  /** The rules are one template without variables. */
  private static String rules() throws Exception {
    String text = Files.readString(HELPERS);
    String begin = "{{- define \"multiraft.rules\" -}}";
    int from = text.indexOf(begin);
    assertThat(from).as("%s has the template multiraft.rules", HELPERS).isNotNegative();
    return text.substring(from + begin.length(), text.indexOf("{{- end", from));
  }

  private static String grant(World world) throws Exception {
    KubernetesClient client = world.client();
    String namespace = world.namespace();
    client
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(ACCOUNT)
                .endMetadata()
                .build())
        .create();
    Role role =
        client
            .getKubernetesSerialization()
            .unmarshal(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: operator\n"
                    + "rules:\n"
                    + rules(),
                Role.class);
    client.resource(role).inNamespace(namespace).create();
    client
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(ACCOUNT)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "Role", "operator")
                .addNewSubject()
                .withKind("ServiceAccount")
                .withName(ACCOUNT)
                .withNamespace(namespace)
                .endSubject()
                .build())
        .create();
    return client
        .serviceAccounts()
        .inNamespace(namespace)
        .withName(ACCOUNT)
        .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
        .getStatus()
        .getToken();
  }

  @Test
  void doesAllItsWork() throws Exception {
    try (World world = new World()) {
      String token = grant(world);
      try (KubernetesClient limited = ApiServer.get().client(token)) {
        assertThat(
                org.assertj.core.api.Assertions.catchThrowableOfType(
                        KubernetesClientException.class,
                        () -> limited.secrets().inNamespace(world.namespace()).list())
                    .getCode())
            .as("the rights are limited: secrets cannot be listed")
            .isEqualTo(403);
      }
      world.operatorToken(token).startOperator();
      world.startCluster(3);
      world.createGroup("team-a", 3, true, DeletionPolicy.Delete);
      soon().until(() -> world.isReady("team-a"));
      soon().until(() -> !world.eventsAbout("team-a").isEmpty());
      world
          .client()
          .resource(world.group("team-a"))
          .patch(
              io.fabric8.kubernetes.client.dsl.base.PatchContext.of(
                  io.fabric8.kubernetes.client.dsl.base.PatchType.JSON_MERGE),
              "{\"spec\":{\"service\":{\"enabled\":false}}}");
      soon()
          .until(
              () ->
                  world.client().services().inNamespace(world.namespace()).withName("team-a").get()
                      == null);
      world.deleteGroup("team-a");
      soon().until(() -> world.group("team-a") == null);
    }
  }
}
