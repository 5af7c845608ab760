package io.multiraft.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Writes the status of resources of one type, and remembers what it wrote until the informer shows
 * it, so that a reconcile never decides on a status older than its own last write.
 *
 * <p>Every write carries the version it was decided on: one decided on something older (by this
 * operator or by one that lost its lease) is refused by the API server. Safe for use by many
 * threads.
 */
public final class StatusWriter<S, T extends CustomResource<?, S>> {
  private static final String FIELD_MANAGER = "multiraft-operator";

  private final KubernetesClient client;
  private final Supplier<T> empty;
  private final Map<String, T> written = new ConcurrentHashMap<>();

  /**
   * @param empty makes a resource without metadata, spec and status
   */
  public StatusWriter(KubernetesClient client, Supplier<T> empty) {
    this.client = client;
    this.empty = empty;
  }

  /** The newer of what the informer shows and what was written last. */
  public T freshest(T cached) {
    String uid = cached.getMetadata().getUid();
    T own = written.get(uid);
    if (own == null) {
      return cached;
    }
    if (ResourceVersions.compare(version(own), version(cached)) <= 0) {
      written.remove(uid, own);
      return cached;
    }
    return own;
  }

  /**
   * Replaces the operator's part of the status.
   *
   * @param base what the status was decided on
   * @return the resource as written; empty when somebody wrote it meanwhile or it is gone
   */
  public Optional<T> write(T base, S status) {
    T fresh = empty.get();
    fresh.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(base.getMetadata().getNamespace())
            .withName(base.getMetadata().getName())
            .withResourceVersion(version(base))
            .build());
    fresh.setSpec(null);
    fresh.setStatus(status);
    try {
      T result =
          client
              .resource(fresh)
              .subresource("status")
              .patch(
                  new PatchContext.Builder()
                      .withPatchType(PatchType.SERVER_SIDE_APPLY)
                      .withFieldManager(FIELD_MANAGER)
                      .withForce(true)
                      .build());
      written.put(result.getMetadata().getUid(), result);
      return Optional.of(result);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Forgets a resource that is gone. */
  public void forget(HasMetadata resource) {
    written.remove(resource.getMetadata().getUid());
  }

  private static String version(HasMetadata resource) {
    return resource.getMetadata().getResourceVersion();
  }
}
