package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** One aspect of a resource's state, with the fields of {@code metav1.Condition}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Condition(
    @JsonPropertyDescription("Which aspect, such as Ready.")
        @Required
        @Size(max = 316)
        @Pattern(
            "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$")
        String type,
    @JsonPropertyDescription("True, False or Unknown.") @Required Status status,
    @JsonPropertyDescription("Why, in one word that programs can compare.")
        @Required
        @Size(min = 1, max = 1024)
        @Pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
        String reason,
    @JsonPropertyDescription("Why, in a sentence.") @Required @Size(max = 32768) String message,
    @JsonPropertyDescription("When status last changed (RFC 3339).") @Required
        String lastTransitionTime,
    @JsonPropertyDescription("Generation of the spec that this condition is about.") @Min(0)
        Long observedGeneration) {

  /** The three values; constants are spelled as the API spells them. */
  public enum Status {
    /** It is so. */
    True,
    /** It is not so. */
    False,
    /** The operator cannot tell. */
    Unknown
  }
}
