package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.Binding;
import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.Map;

/**
 * The calls about pods that a scheduler and a kubelet make. Every call names the pod by its uid, so
 * that none can hit a successor of the same name.
 */
final class PodApi {
  private final KubernetesClient client;

  PodApi(KubernetesClient client) {
    this.client = client;
  }

  /** As a scheduler does. */
  void bind(Pod pod) {
    Binding binding =
        new BindingBuilder()
            .withNewMetadata()
            .withName(pod.getMetadata().getName())
            .withNamespace(pod.getMetadata().getNamespace())
            .withUid(pod.getMetadata().getUid())
            .endMetadata()
            .withNewTarget()
            .withApiVersion("v1")
            .withKind("Node")
            .withName(PodPlayer.NODE_NAME)
            .endTarget()
            .build();
    client.bindings().inNamespace(pod.getMetadata().getNamespace()).resource(binding).create();
  }

  /** Writes what the container does to the pod's status. */
  void writeStatus(Pod pod, ContainerSnapshot snapshot, String host) {
    client
        .pods()
        .inNamespace(pod.getMetadata().getNamespace())
        .withName(pod.getMetadata().getName())
        .editStatus(
            found -> {
              if (!isSame(pod, found)) {
                return found;
              }
              return new PodBuilder(found)
                  .withStatus(PodStatuses.build(found, snapshot, host, Instant.now()))
                  .build();
            });
  }

  /** Adds annotations. */
  void annotate(Pod pod, Map<String, String> annotations) {
    client
        .pods()
        .inNamespace(pod.getMetadata().getNamespace())
        .withName(pod.getMetadata().getName())
        .edit(
            found ->
                isSame(pod, found)
                    ? new PodBuilder(found)
                        .editMetadata()
                        .addToAnnotations(annotations)
                        .endMetadata()
                        .build()
                    : found);
  }

  private static boolean isSame(Pod pod, Pod found) {
    return found.getMetadata().getUid().equals(pod.getMetadata().getUid());
  }

  /** Removes the pod for good, as a kubelet does once its processes have ended. */
  void finalDelete(Pod pod) {
    DeleteOptions options =
        new DeleteOptionsBuilder()
            .withGracePeriodSeconds(0L)
            .withNewPreconditions()
            .withUid(pod.getMetadata().getUid())
            .endPreconditions()
            .build();
    String path =
        "/api/v1/namespaces/%s/pods/%s"
            .formatted(pod.getMetadata().getNamespace(), pod.getMetadata().getName());
    try {
      client.raw(path, "DELETE", options);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
          && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }
}
