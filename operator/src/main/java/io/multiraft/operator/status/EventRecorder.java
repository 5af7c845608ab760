package io.multiraft.operator.status;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records Kubernetes events about resources, at most {@value #MAX_PER_SECOND} a second; what
 * exceeds that is only logged, for conditions say the same. A failure to record is logged, never
 * thrown.
 */
public final class EventRecorder {
  private static final Logger log = LoggerFactory.getLogger(EventRecorder.class);
  private static final int MAX_PER_SECOND = 50;
  private static final String COMPONENT = "multiraft-operator";

  private final KubernetesClient client;
  private final TokenBucket bucket = new TokenBucket(MAX_PER_SECOND, System::nanoTime);

  public EventRecorder(KubernetesClient client) {
    this.client = client;
  }

  /** Something went as it should. */
  public void normal(HasMetadata about, String reason, String message) {
    log.info("{}: {}: {}", name(about), reason, message);
    record(about, "Normal", reason, message);
  }

  /** Something somebody should look at. */
  public void warning(HasMetadata about, String reason, String message) {
    log.warn("{}: {}: {}", name(about), reason, message);
    record(about, "Warning", reason, message);
  }

  private static String name(HasMetadata about) {
    return about.getMetadata().getNamespace() + "/" + about.getMetadata().getName();
  }

  private void record(HasMetadata about, String type, String reason, String message) {
    if (!bucket.tryTake()) {
      return;
    }
    String now =
        DateTimeFormatter.ISO_INSTANT.format(
            Instant.now().atOffset(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS));
    try {
      client
          .v1()
          .events()
          .inNamespace(about.getMetadata().getNamespace())
          .resource(
              new EventBuilder()
                  .withNewMetadata()
                  .withGenerateName(about.getMetadata().getName() + ".")
                  .withNamespace(about.getMetadata().getNamespace())
                  .endMetadata()
                  .withNewInvolvedObject()
                  .withApiVersion(about.getApiVersion())
                  .withKind(about.getKind())
                  .withNamespace(about.getMetadata().getNamespace())
                  .withName(about.getMetadata().getName())
                  .withUid(about.getMetadata().getUid())
                  .endInvolvedObject()
                  .withType(type)
                  .withReason(reason)
                  .withMessage(message)
                  .withFirstTimestamp(now)
                  .withLastTimestamp(now)
                  .withCount(1)
                  .withNewSource()
                  .withComponent(COMPONENT)
                  .endSource()
                  .withReportingComponent(COMPONENT)
                  .build())
          .create();
    } catch (KubernetesClientException e) {
      log.warn("{}: could not record the event {}: {}", name(about), reason, e.getMessage());
    }
  }
}
