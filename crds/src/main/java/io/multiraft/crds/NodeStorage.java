package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;

/**
 * The disk of each node. Only {@code storageClassName} may be null: the cluster's default class.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value =
        "has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) ||"
            + " self.storageClassName == oldSelf.storageClassName)",
    message =
        "spec.storage.storageClassName cannot be changed, added or removed: the nodes' disks are of that class already."
            + " Make a new RaftCluster instead",
    fieldPath = ".storageClassName")
public record NodeStorage(
    @JsonPropertyDescription(
            "Size of the persistent volume of each node. Can only grow. Volumes that exist already are not resized in this release; the condition UpToDate says so.")
        @Default("1Gi")
        @ValidationRule(
            value =
                "isQuantity(string(self)) && quantity(string(self)).isGreaterThan(quantity('0'))",
            message = "spec.storage.size must be a positive quantity, such as 1Gi or 500Mi")
        @ValidationRule(
            value =
                "!isQuantity(string(self)) || quantity(string(self)).compareTo(quantity(string(oldSelf))) >= 0",
            message = "spec.storage.size can only grow: volumes cannot be made smaller")
        Quantity size,
    @JsonPropertyDescription(
            "StorageClass of the volumes; without it, the default class of Kubernetes. Cannot be changed.")
        @Size(min = 1, max = 253)
        String storageClassName,
    @JsonPropertyDescription("What becomes of the volumes when their nodes are no longer wanted.")
        @Default("{}")
        StorageRetention retention) {
  /** Fills in the defaults. */
  public NodeStorage {
    size = size == null ? new Quantity("1Gi") : size;
    retention = retention == null ? new StorageRetention(null, null) : retention;
  }
}
