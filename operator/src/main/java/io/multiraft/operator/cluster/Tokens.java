package io.multiraft.operator.cluster;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.NodeObserver;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clusters' tokens: each a Secret that is made once, never overwritten, and owned by nobody, so
 * that it outlives the cluster as its volumes do. Read one by one, never listed.
 */
public final class Tokens implements NodeObserver.Tokens {
  private static final Logger log = LoggerFactory.getLogger(Tokens.class);
  private static final int TOKEN_BYTES = 32;

  private final KubernetesClient client;
  private final SecureRandom random = new SecureRandom();
  private final Map<ClusterKey, String> known = new ConcurrentHashMap<>();
  private final Set<ClusterKey> refused = ConcurrentHashMap.newKeySet();

  public Tokens(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Sees to it that the Secret is there and its token known.
   *
   * @return false when the Secret is there and has no token
   */
  boolean ensure(ClusterSettings settings) {
    ClusterKey cluster = new ClusterKey(settings.namespace(), settings.name());
    if (known.containsKey(cluster) && !refused.remove(cluster)) {
      return true;
    }
    Optional<String> token = read(settings);
    token.ifPresentOrElse(text -> known.put(cluster, text), () -> known.remove(cluster));
    return token.isPresent();
  }

  private Optional<String> read(ClusterSettings settings) {
    Secret secret =
        client
            .secrets()
            .inNamespace(settings.namespace())
            .withName(settings.tokenSecretName())
            .get();
    if (secret == null) {
      secret = create(settings);
    }
    return Optional.ofNullable(secret.getData())
        .map(data -> data.get(Names.TOKEN_KEY))
        .map(text -> new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8).strip())
        .filter(text -> !text.isEmpty());
  }

  private Secret create(ClusterSettings settings) {
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    Secret secret =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(settings.namespace())
            .withName(settings.tokenSecretName())
            .withLabels(Names.labels(settings.name()))
            .endMetadata()
            .withType("Opaque")
            .withData(
                Map.of(
                    Names.TOKEN_KEY,
                    Base64.getEncoder()
                        .encodeToString(
                            HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.UTF_8))))
            .build();
    try {
      Secret created = client.resource(secret).create();
      log.info(
          "{}/{}: created Secret {}",
          settings.namespace(),
          settings.name(),
          settings.tokenSecretName());
      return created;
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      return client.resource(secret).get(); // somebody was faster: theirs counts
    }
  }

  @Override
  public String token(ClusterKey cluster) {
    return known.getOrDefault(cluster, "");
  }

  @Override
  public void refused(ClusterKey cluster) {
    refused.add(cluster);
  }

  /** Whether a node refused the token since it was read. */
  boolean isRefused(ClusterKey cluster) {
    return refused.contains(cluster);
  }
}
