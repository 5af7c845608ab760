package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import java.util.Map;

/** The Service through which clients reach any node of a cluster. Nothing here is null. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ClientService(
    @JsonPropertyDescription("Type of the Service.") @Default("ClusterIP") ServiceType type,
    @JsonPropertyDescription(
            "Annotations of the Service, such as a cloud provider's load balancer settings.")
        Map<String, String> annotations) {
  /** Fills in the defaults. */
  public ClientService {
    type = type == null ? ServiceType.ClusterIP : type;
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }

  /** Types of Services; constants are spelled as the API spells them. */
  public enum ServiceType {
    /** Reachable inside the Kubernetes cluster. */
    ClusterIP,
    /** Reachable on a port of every Kubernetes node. */
    NodePort,
    /** Reachable through a load balancer of the cloud provider. */
    LoadBalancer
  }
}
