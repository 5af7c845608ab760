package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.LinkedHashMap;
import java.util.Map;

/** CPU and memory of a node's container. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeResources(
    @JsonPropertyDescription("What the scheduler sets aside for the node.") Amounts requests,
    @JsonPropertyDescription("What the node may use at most.") Amounts limits) {

  /** An amount of each resource; what is null is not asked for. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Amounts(
      @JsonPropertyDescription("CPU, such as 500m (half a core) or 2.")
          @ValidationRule(
              value = QUANTITY_RULE,
              message = "cpu must be a positive quantity, such as 500m or 2")
          Quantity cpu,
      @JsonPropertyDescription("Memory, such as 512Mi or 2Gi.")
          @ValidationRule(
              value = QUANTITY_RULE,
              message = "memory must be a positive quantity, such as 512Mi or 2Gi")
          Quantity memory) {
    private static final String QUANTITY_RULE =
        "isQuantity(string(self)) && quantity(string(self)).isGreaterThan(quantity('0'))";

    private Map<String, Quantity> toMap() {
      Map<String, Quantity> amounts = new LinkedHashMap<>();
      if (cpu != null) {
        amounts.put("cpu", cpu);
      }
      if (memory != null) {
        amounts.put("memory", memory);
      }
      return amounts;
    }
  }

  /** The same as a container states it. */
  public ResourceRequirements toRequirements() {
    ResourceRequirementsBuilder requirements = new ResourceRequirementsBuilder();
    if (requests != null) {
      requirements.withRequests(requests.toMap());
    }
    if (limits != null) {
      requirements.withLimits(limits.toMap());
    }
    return requirements.build();
  }
}
