package io.multiraft.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.multiraft.operator.status.ResourceVersions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes an object with server-side apply, when that may change something.
 *
 * <p>What the API server makes of an object (defaults, normalized quantities) is never compared
 * with what was asked for. Instead the applier remembers, for each object, what it asked for and
 * what the object then looked like; it applies again when it would ask for something else, or when
 * the object looks different from then. An operator that has just started applies each object once,
 * which the API server recognizes as no change. Safe for use by many threads.
 */
public final class Applier {
  private static final Logger log = LoggerFactory.getLogger(Applier.class);

  /** Owner of the fields that the operator sets. */
  public static final String FIELD_MANAGER = Names.MANAGER;

  private record Key(String kind, String namespace, String name) {}

  private record Applied(JsonNode asked, JsonNode became, String uid, String resourceVersion) {}

  /** An object of this name exists and is not the operator's to change. */
  public static final class NameTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NameTakenException(String what) {
      super(what);
    }
  }

  private final KubernetesClient client;
  private final KubernetesSerialization json;
  private final Map<Key, Applied> applied = new ConcurrentHashMap<>();

  public Applier(KubernetesClient client) {
    this.client = client;
    this.json = client.getKubernetesSerialization();
  }

  /**
   * Makes the object what it should be.
   *
   * @param desired with a controller reference to its owner
   * @param cached the object as the informer has it; null when it has none
   * @return the object as last known
   * @throws NameTakenException when an object of that name belongs to something else
   */
  public <T extends HasMetadata> T apply(T desired, T cached) {
    Key key =
        new Key(
            desired.getKind(),
            desired.getMetadata().getNamespace(),
            desired.getMetadata().getName());
    // The informer sees only what carries the operator's label: ask before taking a name.
    T actual = cached != null ? cached : client.resource(desired).get();
    if (actual != null && !isOurs(actual, desired)) {
      throw new NameTakenException(key.kind() + " " + key.name());
    }
    JsonNode asked = content(desired);
    Applied last = applied.get(key);
    if (actual != null && last != null && last.asked().equals(asked) && isAsLeft(actual, last)) {
      return actual;
    }
    T result = write(desired);
    applied.put(
        key,
        new Applied(
            asked,
            content(result),
            result.getMetadata().getUid(),
            result.getMetadata().getResourceVersion()));
    if (actual == null) {
      log.info("{}/{}: created {}", key.namespace(), key.name(), key.kind());
    } else if (!content(actual).equals(content(result))) {
      log.info("{}/{}: changed {}", key.namespace(), key.name(), key.kind());
    }
    return result;
  }

  private <T extends HasMetadata> T write(T desired) {
    return client
        .resource(desired)
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(FIELD_MANAGER)
                .withForce(true)
                .build());
  }

  /** Forgets an object that was deleted on purpose. */
  public void forget(HasMetadata object) {
    applied.remove(
        new Key(
            object.getKind(), object.getMetadata().getNamespace(), object.getMetadata().getName()));
  }

  private static boolean isOurs(HasMetadata actual, HasMetadata desired) {
    String owner = controllerUid(desired);
    String actualOwner = controllerUid(actual);
    if (actualOwner != null) {
      return actualOwner.equals(owner);
    }
    Map<String, String> labels = actual.getMetadata().getLabels();
    return labels != null && Names.MANAGER.equals(labels.get(Names.MANAGED_BY_LABEL));
  }

  private static String controllerUid(HasMetadata object) {
    List<OwnerReference> owners = object.getMetadata().getOwnerReferences();
    return owners == null
        ? null
        : owners.stream()
            .filter(owner -> Boolean.TRUE.equals(owner.getController()))
            .map(OwnerReference::getUid)
            .findFirst()
            .orElse(null);
  }

  /** Also true while the informer still shows a version from before the write. */
  private boolean isAsLeft(HasMetadata actual, Applied last) {
    if (!last.uid().equals(actual.getMetadata().getUid())) {
      return false;
    }
    boolean older =
        ResourceVersions.compare(actual.getMetadata().getResourceVersion(), last.resourceVersion())
            < 0;
    return older || content(actual).equals(last.became());
  }

  /** What somebody wrote: neither status nor bookkeeping of the API server. */
  private JsonNode content(HasMetadata object) {
    ObjectNode tree = json.convertValue(object, ObjectNode.class);
    tree.remove("status");
    JsonNode metadata = tree.get("metadata");
    if (metadata instanceof ObjectNode fields) {
      fields.remove(
          List.of(
              "resourceVersion",
              "generation",
              "managedFields",
              "creationTimestamp",
              "uid",
              "deletionTimestamp"));
    }
    return tree;
  }
}
