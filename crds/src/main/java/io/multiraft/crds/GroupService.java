package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** A Service of the group's own. Nothing here is null. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GroupService(
    @JsonPropertyDescription(
            "Makes a Service named like the group that leads to the nodes of its cluster, so that etcd clients reach the"
                + " group under that name.")
        @Default("false")
        Boolean enabled) {
  /** Fills in the default. */
  public GroupService {
    enabled = enabled != null && enabled;
  }
}
