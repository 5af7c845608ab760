package io.multiraft.local.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PodEnvironmentTest {
  private static final String POD =
      """
      metadata:
        name: demo-1
        namespace: team
        uid: u-1
        labels: {apps.kubernetes.io/pod-index: "1"}
      spec:
        containers:
        - name: node
          image: i
          args: ["--data=/var/lib/multiraft", "--peers", "$(NAME).x,$(MISSING)"]
          env:
          - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
          - name: ORDINAL
            valueFrom: {fieldRef: {fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']"}}
          - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
          - {name: ADVERTISE, value: "$(NAME).nodes.team.svc:2379"}
          - {name: LITERAL, value: "$$(NAME) $(LATER)"}
          - {name: LATER, value: "late"}
          - {name: DATA, value: /var/lib/multiraft}
          - {name: TOKEN, value: /var/lib/multiraft-token/token}
          - {name: SECRET, valueFrom: {secretKeyRef: {name: s, key: k}}}
          - {name: NONE, valueFrom: {secretKeyRef: {name: s, key: none, optional: true}}}
      """;

  private static final Map<String, Path> MOUNTS =
      Map.of(
          "/var/lib/multiraft", Path.of("/state/data"),
          "/var/lib/multiraft-token", Path.of("/state/token"));

  @Test
  void variablesAreWhatTheSpecSaysWithFoldersForMounts() throws NotStartable {
    assertThat(environment(POD).variables())
        .containsEntry("NAME", "demo-1")
        .containsEntry("ORDINAL", "1")
        .containsEntry("IP", "127.0.77.2")
        .containsEntry("ADVERTISE", "demo-1.nodes.team.svc:2379")
        .containsEntry("LITERAL", "$(NAME) $(LATER)")
        .containsEntry("DATA", "/state/data")
        .containsEntry("TOKEN", "/state/token/token")
        .containsEntry("SECRET", "value of k")
        .doesNotContainKey("NONE");
  }

  @Test
  void theImagesEntryPointGetsTheArguments() throws NotStartable {
    PodEnvironment environment = environment(POD);
    assertThat(environment.command(List.of("/bin/node"), environment.variables()))
        .containsExactly("/bin/node", "--data=/state/data", "--peers", "demo-1.x,$(MISSING)");
  }

  @Test
  void aCommandOfTheSpecTakesThePlaceOfTheEntryPoint() throws NotStartable {
    PodEnvironment environment =
        environment(POD.replace("image: i", "image: i\n    command: [/other]"));
    assertThat(environment.command(List.of("/bin/node"), environment.variables()))
        .startsWith("/other", "--data=/state/data");
  }

  @Test
  void whatIsMissingIsSaid() {
    assertThatThrownBy(() -> environment(POD.replace("key: k}", "key: gone}")).variables())
        .isInstanceOf(NotStartable.class)
        .hasMessage("secret s has no key gone");
    assertThatThrownBy(() -> environment(POD.replace("status.podIP", "status.what")).variables())
        .hasMessageContaining("status.what");
  }

  private static PodEnvironment environment(String yaml) {
    Pod pod = Serialization.unmarshal(yaml, Pod.class);
    PodEnvironment.Values values =
        new PodEnvironment.Values() {
          @Override
          public Optional<String> secret(String name, String key) {
            return Optional.of("value of " + key).filter(value -> key.equals("k"));
          }

          @Override
          public Optional<String> configMap(String name, String key) {
            return Optional.empty();
          }
        };
    return new PodEnvironment(
        pod,
        pod.getSpec().getContainers().get(0),
        new PodAddress("127.0.77.2", 2379, 2379),
        MOUNTS,
        values);
  }
}
