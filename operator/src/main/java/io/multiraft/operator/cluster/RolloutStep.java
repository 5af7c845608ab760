package io.multiraft.operator.cluster;

import static io.multiraft.operator.status.ConditionType.UP_TO_DATE;

import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.multiraft.crds.Disruption;
import io.multiraft.crds.RaftCluster;
import io.multiraft.operator.cluster.RolloutPlanner.PodFact;
import io.multiraft.operator.cluster.RolloutPlanner.Step;
import io.multiraft.operator.observe.AdminApi;
import io.multiraft.operator.observe.AdminException;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.NodeObserver;
import io.multiraft.operator.observe.NodeView;
import io.multiraft.operator.status.EventRecorder;
import io.multiraft.operator.status.Finding;
import io.multiraft.operator.status.Reason;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the next step of a rolling change. What is written into the status is done one reconcile
 * later, when it is known to be there; every step may be repeated. Safe for use by many threads.
 */
public final class RolloutStep {
  private static final Logger log = LoggerFactory.getLogger(RolloutStep.class);

  private final KubernetesClient client;
  private final AdminApi api;
  private final NodeObserver observer;
  private final Function<ClusterKey, String> token;
  private final EventRecorder events;

  /** The last order that the node under disruption has confirmed. */
  private final Map<ClusterKey, Confirmed> confirmed = new HashMap<>();

  private record Confirmed(String podUid, boolean drained) {}

  /**
   * What a step came to.
   *
   * @param disruption what the status has to say
   * @param upToDate absent when every pod is of the current template
   */
  record Outcome(Optional<Disruption> disruption, Optional<Finding> upToDate) {
    static Outcome unchanged(ClusterFacts facts) {
      return new Outcome(facts.disruption(), Optional.empty());
    }
  }

  public RolloutStep(
      KubernetesClient client,
      AdminApi api,
      NodeObserver observer,
      Function<ClusterKey, String> token,
      EventRecorder events) {
    this.client = client;
    this.api = api;
    this.observer = observer;
    this.token = token;
    this.events = events;
  }

  Outcome take(ClusterKey key, RaftCluster cluster, ClusterFacts facts, Quorums quorums) {
    if (facts.paused() || !facts.knowsTemplateOfPods()) {
      return Outcome.unchanged(facts);
    }
    Optional<Disruption> disruption = facts.disruption();
    List<PodFact> pods = pods(facts);
    Step step =
        RolloutPlanner.plan(
            new RolloutPlanner.Situation(
                pods,
                facts.expectedPodNames(),
                disruption,
                disruption.filter(one -> hasConfirmed(key, one.podUid(), true)).isPresent(),
                quorums,
                Instant.now()));
    Optional<Disruption> after = carryOut(step, key, cluster, disruption);
    return new Outcome(after, finding(step, facts, pods));
  }

  private static List<PodFact> pods(ClusterFacts facts) {
    List<String> outdated = facts.outdatedPodNames();
    return facts.pods().stream()
        .map(
            pod ->
                new PodFact(
                    pod.getMetadata().getName(),
                    pod.getMetadata().getUid(),
                    ClusterFacts.isReady(pod),
                    outdated.contains(pod.getMetadata().getName()),
                    pod.getMetadata().getDeletionTimestamp() != null))
        .toList();
  }

  /** Does what can be done now and returns what the status has to say. */
  private Optional<Disruption> carryOut(
      Step step, ClusterKey key, RaftCluster cluster, Optional<Disruption> disruption) {
    if (step instanceof Step.Begin begin) {
      events.normal(
          cluster, "ReplacingPod", begin.pod() + " runs an older pod template; it is replaced.");
      return Optional.of(
          new Disruption(
              begin.pod(),
              begin.uid(),
              Reason.ROLLING_OUT.text(),
              Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
    }
    if (step instanceof Step.MoveLeaders move) {
      drain(key, move.pod(), disruption.orElseThrow().podUid(), true);
    } else if (step instanceof Step.Delete delete) {
      delete(key, delete);
    } else if (step instanceof Step.Release release) {
      return release(key, release.pod(), disruption.orElseThrow());
    } else if (step instanceof Step.Finish finish) {
      forget(key);
      events.normal(cluster, "ReplacedPod", finish.pod() + " is done.");
      return Optional.empty();
    }
    return disruption;
  }

  /** Tells the node; its confirmation is seen at the next look. */
  private void drain(ClusterKey key, String pod, String podUid, boolean on) {
    NodeView view = observer.view(key, pod);
    if (view == null) {
      return;
    }
    api.drain(view.address(), token.apply(key), on)
        .whenComplete(
            (node, failure) -> {
              if (failure == null) {
                confirm(key, new Confirmed(podUid, on));
              } else {
                log.info(
                    "{}: {} did not take an order: {}",
                    key,
                    pod,
                    AdminException.causeOf(failure).getMessage());
              }
            });
  }

  private synchronized void confirm(ClusterKey key, Confirmed order) {
    confirmed.put(key, order);
  }

  private synchronized boolean hasConfirmed(ClusterKey key, String podUid, boolean drained) {
    return new Confirmed(podUid, drained).equals(confirmed.get(key));
  }

  /** Over once the node has confirmed that it may lead again. */
  private Optional<Disruption> release(ClusterKey key, String pod, Disruption disruption) {
    if (hasConfirmed(key, disruption.podUid(), false)) {
      forget(key);
      return Optional.empty();
    }
    drain(key, pod, disruption.podUid(), false);
    return Optional.of(disruption);
  }

  private void delete(ClusterKey key, Step.Delete delete) {
    log.info("{}: deleting pod {}, which runs an older template", key, delete.pod());
    String path = "/api/v1/namespaces/%s/pods/%s".formatted(key.namespace(), delete.pod());
    try {
      client.raw(
          path,
          "DELETE",
          new DeleteOptionsBuilder()
              .withApiVersion("v1")
              .withKind("DeleteOptions")
              .withNewPreconditions()
              .withUid(delete.uid())
              .endPreconditions()
              .build());
    } catch (KubernetesClientException e) {
      // Another pod has the name by now, or none: the next look finds out.
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT
          && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private static Optional<Finding> finding(Step step, ClusterFacts facts, List<PodFact> pods) {
    if (step instanceof Step.Rest) {
      return Optional.empty();
    }
    long current = pods.stream().filter(pod -> !pod.outdated()).count();
    int wanted = facts.settings().replicas();
    boolean atRisk = step instanceof Step.Await await && await.atRisk();
    Reason reason = atRisk ? Reason.ROLLOUT_BLOCKED : Reason.ROLLING_OUT;
    return Optional.of(Finding.no(UP_TO_DATE, reason, current, wanted, words(step)));
  }

  private static String words(Step step) {
    if (step instanceof Step.Await await) {
      return await.why();
    }
    if (step instanceof Step.Begin begin) {
      return begin.pod() + " is next";
    }
    if (step instanceof Step.MoveLeaders move) {
      return "leaders move away from " + move.pod();
    }
    if (step instanceof Step.Release release) {
      return release.pod() + " may stay";
    }
    if (step instanceof Step.Finish finish) {
      return finish.pod() + " is done";
    }
    return ((Step.Delete) step).pod() + " is being replaced";
  }

  /** Nothing is known any more of the cluster. */
  synchronized void forget(ClusterKey key) {
    confirmed.remove(key);
  }
}
