package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Builds the status of a pod from what its container does. Pure. */
final class PodStatuses {
  private static final String IMAGE_ID = "local-process";

  private PodStatuses() {}

  /**
   * @param pod as the API server has it; its conditions keep their times where they do not change
   * @param host the pod's address, or null while it has none
   */
  static PodStatus build(Pod pod, ContainerSnapshot snapshot, String host, Instant now) {
    Optional<PodStatus> former = Optional.ofNullable(pod.getStatus());
    String ready = snapshot.ready() ? "True" : "False";
    String reason = snapshot.ready() ? null : "ContainersNotReady";
    PodStatusBuilder status =
        new PodStatusBuilder(former.orElseGet(PodStatus::new))
            .withPhase(phase(pod, snapshot))
            .withHostIP(PodPlayer.HOST_ADDRESS)
            .withStartTime(former.map(PodStatus::getStartTime).orElse(time(now)))
            .withContainerStatuses(container(pod.getSpec().getContainers().get(0), snapshot))
            .withConditions(
                condition(pod, "PodReadyToStartContainers", "True", null, now),
                condition(pod, "Initialized", "True", null, now),
                condition(pod, "Ready", ready, reason, now),
                condition(pod, "ContainersReady", ready, reason, now),
                condition(pod, "PodScheduled", "True", null, now));
    if (host != null) {
      status.withPodIP(host).withPodIPs(new PodIP(host));
    }
    return status.build();
  }

  private static String phase(Pod pod, ContainerSnapshot snapshot) {
    if (snapshot.state() instanceof ContainerSnapshot.Terminated terminated) {
      return terminated.exitCode() == 0 ? "Succeeded" : "Failed";
    }
    boolean ranBefore = snapshot.previous() != null;
    boolean runs = snapshot.state() instanceof ContainerSnapshot.Running;
    return runs || ranBefore ? "Running" : "Pending";
  }

  private static ContainerStatus container(Container container, ContainerSnapshot snapshot) {
    return new ContainerStatusBuilder()
        .withName(container.getName())
        .withImage(container.getImage())
        .withImageID(IMAGE_ID)
        .withReady(snapshot.ready())
        .withStarted(snapshot.started())
        .withRestartCount(snapshot.restartCount())
        .withState(state(snapshot.state()))
        .withLastState(
            snapshot.previous() == null ? new ContainerState() : state(snapshot.previous()))
        .build();
  }

  private static ContainerState state(ContainerSnapshot.State state) {
    if (state instanceof ContainerSnapshot.Running running) {
      return new ContainerStateBuilder()
          .withNewRunning()
          .withStartedAt(time(running.startedAt()))
          .endRunning()
          .build();
    }
    if (state instanceof ContainerSnapshot.Terminated terminated) {
      return new ContainerStateBuilder()
          .withNewTerminated()
          .withExitCode(terminated.exitCode())
          .withReason(terminated.exitCode() == 0 ? "Completed" : "Error")
          .withStartedAt(time(terminated.startedAt()))
          .withFinishedAt(time(terminated.finishedAt()))
          .endTerminated()
          .build();
    }
    ContainerSnapshot.Waiting waiting = (ContainerSnapshot.Waiting) state;
    return new ContainerStateBuilder()
        .withNewWaiting()
        .withReason(waiting.reason())
        .withMessage(waiting.message())
        .endWaiting()
        .build();
  }

  private static PodCondition condition(
      Pod pod, String type, String value, String reason, Instant now) {
    List<PodCondition> former =
        pod.getStatus() == null ? List.of() : pod.getStatus().getConditions();
    String since =
        former.stream()
            .filter(c -> type.equals(c.getType()) && value.equals(c.getStatus()))
            .map(PodCondition::getLastTransitionTime)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(time(now));
    return new PodConditionBuilder()
        .withType(type)
        .withStatus(value)
        .withReason(reason)
        .withLastTransitionTime(since)
        .build();
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
