package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;

/** Timing of Raft, the same for all groups of a cluster. Nothing here is null. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "self.electionTimeoutMillis >= 5 * self.heartbeatIntervalMillis",
    message =
        "spec.raft.electionTimeoutMillis must be at least 5 times heartbeatIntervalMillis: a few heartbeats that are"
            + " late or lost must not start an election")
public record RaftTiming(
    @JsonPropertyDescription("Interval of a leader's heartbeats, in milliseconds.")
        @Default("100")
        @Min(10)
        @Max(60000)
        Integer heartbeatIntervalMillis,
    @JsonPropertyDescription(
            "How long a node that hears from no leader waits before it starts an election, in milliseconds (each wait is"
                + " drawn between this and twice this).")
        @Default("1000")
        @Min(50)
        @Max(600000)
        Integer electionTimeoutMillis) {
  /** Fills in the defaults. */
  public RaftTiming {
    heartbeatIntervalMillis = heartbeatIntervalMillis == null ? 100 : heartbeatIntervalMillis;
    electionTimeoutMillis = electionTimeoutMillis == null ? 1000 : electionTimeoutMillis;
  }
}
