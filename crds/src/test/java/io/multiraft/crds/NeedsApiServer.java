package io.multiraft.crds;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIf;

/** Skips a test class, and says so, where there is no kube-apiserver to run it against. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@EnabledIf(
    value = "io.multiraft.crds.Tool#apiServerIsPresent",
    disabledReason =
        "SKIPPED: no kube-apiserver here. Set KUBE_API_TEST_DIR, or KUBEBUILDER_ASSETS with a kube-api-test directory"
            + " beside it")
@interface NeedsApiServer {}
