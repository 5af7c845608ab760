package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Encryption on the shared port. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClusterTls(
    @JsonPropertyDescription(
            "Disabled is the only mode of this release: everything on the port is plain text, so whoever reaches the port"
                + " can read and write every group. TLS comes in a later release.")
        @Size(max = 64)
        @ValidationRule(
            value = "self == 'Disabled'",
            message =
                "spec.tls.mode must be Disabled: this release has no TLS, and plain text has to be chosen knowingly. TLS"
                    + " comes in a later release")
        String mode) {}
