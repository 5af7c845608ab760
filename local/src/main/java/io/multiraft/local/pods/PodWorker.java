package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.multiraft.local.files.LocalFiles;
import io.multiraft.local.process.Child;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one pod, on a thread of its own: bound, started, probed, started again when it ended,
 * and ended within its grace period when it is deleted. Turns every {@value #TURN_MILLIS} ms; the
 * public methods may be called from any thread.
 */
final class PodWorker implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(PodWorker.class);
  private static final long TURN_MILLIS = 100;
  private static final long RETRY_MILLIS = 1_000;
  private static final long NO_GRACE_MILLIS = 0;
  private static final long SHUTDOWN_GRACE_MILLIS = 10_000;
  private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int DEFAULT_CONTAINER_PORT = 80;
  private static final int SIGKILL_EXIT_CODE = 137;

  private final PodApi api;
  private final ContainerRunner runner;
  private final LoopbackAddresses addresses;
  private final Prober prober;
  private final PodVolumes volumes;
  private final Path directory;
  private final Optional<PodWorker> predecessor;
  private final RestartBackoff backoff = new RestartBackoff();
  private final CountDownLatch done = new CountDownLatch(1);

  private volatile Pod pod;
  private volatile boolean removed;
  private volatile Child child;
  private volatile PodAddress address;
  private volatile ContainerProbes probes;

  private ContainerSnapshot.Terminated previous;
  private Instant startedAt;
  private boolean completed;
  private int restartCount;
  private long startedNanos;
  private long nextStartNanos = System.nanoTime();
  private long nextRefreshNanos;
  private ContainerSnapshot reported;
  private ContainerSnapshot.Waiting waiting =
      new ContainerSnapshot.Waiting("ContainerCreating", "");

  /**
   * @param predecessor a pod of the same name whose process may not have ended yet
   */
  PodWorker(
      Pod pod,
      PodApi api,
      ContainerRunner runner,
      LoopbackAddresses addresses,
      Prober prober,
      PodVolumes volumes,
      Path directory,
      Optional<PodWorker> predecessor) {
    this.pod = pod;
    this.api = api;
    this.runner = runner;
    this.addresses = addresses;
    this.prober = prober;
    this.volumes = volumes;
    this.directory = directory;
    this.predecessor = predecessor;
    this.restartCount = formerRestarts(pod);
  }

  private static int formerRestarts(Pod pod) {
    return pod.getStatus() == null || pod.getStatus().getContainerStatuses().isEmpty()
        ? 0
        : Optional.of(pod.getStatus().getContainerStatuses().get(0))
            .map(ContainerStatus::getRestartCount)
            .orElse(0);
  }

  /** The pod as the API server has it now. */
  void update(Pod now) {
    pod = now;
  }

  /** The API server no longer has the pod: its process ends at once. */
  void remove() {
    removed = true;
  }

  String uid() {
    return pod.getMetadata().getUid();
  }

  /** The process, while there is one. */
  OptionalLong pid() {
    Child now = child;
    return now != null && now.isAlive() ? OptionalLong.of(now.pid()) : OptionalLong.empty();
  }

  /** Where it listens, once it is ready and while it is meant to stay. */
  Optional<PodAddress> readyAddress() {
    ContainerProbes now = probes;
    boolean ready = now != null && now.isReady() && pid().isPresent();
    return ready && pod.getMetadata().getDeletionTimestamp() == null
        ? Optional.ofNullable(address)
        : Optional.empty();
  }

  Map<String, String> labels() {
    return Optional.ofNullable(pod.getMetadata().getLabels()).orElse(Map.of());
  }

  String namespace() {
    return pod.getMetadata().getNamespace();
  }

  @Override
  public void run() {
    try {
      if (predecessor.isPresent()) {
        predecessor.get().done.await();
      }
      while (!removed && pod.getMetadata().getDeletionTimestamp() == null) {
        guardedTurn();
      }
      end();
    } catch (InterruptedException e) {
      stopProcess(SHUTDOWN_GRACE_MILLIS);
    } finally {
      done.countDown();
    }
  }

  private void guardedTurn() throws InterruptedException {
    try {
      turn();
      Thread.sleep(TURN_MILLIS);
    } catch (KubernetesClientException | IOException | UncheckedIOException e) {
      LOG.warn("pod {}: {}; trying again", name(), e.toString());
      Thread.sleep(RETRY_MILLIS);
    }
  }

  private void turn() throws IOException, InterruptedException {
    if (pod.getSpec().getNodeName() == null) {
      api.bind(pod);
      return; // the API server tells us of it
    }
    long nowNanos = System.nanoTime();
    if (child == null) {
      if (!completed && nowNanos - nextStartNanos >= 0) {
        start(nowNanos);
      }
    } else if (!child.isAlive()) {
      exited(nowNanos);
    } else {
      attend(nowNanos);
    }
    report();
  }

  private void start(long nowNanos) throws IOException {
    try {
      address = addresses.assign(name(), containerPort());
      child = runner.start(pod, address, volumes, directory);
    } catch (NotStartable e) {
      waiting = new ContainerSnapshot.Waiting(e.reason(), e.getMessage());
      nextStartNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS) / 2;
      return;
    }
    startedNanos = nowNanos;
    startedAt = Instant.now();
    nextRefreshNanos = nowNanos + REFRESH_NANOS;
    probes =
        new ContainerProbes(
            prober, pod.getSpec().getContainers().get(0), address, System.nanoTime());
    LOG.info(
        "pod {}: process {} started, listens on {}:{}",
        name(),
        child.pid(),
        address.host(),
        address.port());
    api.annotate(
        pod,
        Map.of(
            PodPlayer.PID_ANNOTATION,
            Long.toString(child.pid()),
            PodPlayer.LOG_ANNOTATION,
            runner.logFile(pod).toString(),
            PodPlayer.PORT_ANNOTATION,
            Integer.toString(address.port())));
  }

  private int containerPort() {
    return pod.getSpec().getContainers().get(0).getPorts().stream()
        .map(ContainerPort::getContainerPort)
        .findFirst()
        .orElse(DEFAULT_CONTAINER_PORT);
  }

  private void attend(long nowNanos) throws IOException, InterruptedException {
    probes.run(nowNanos);
    if (probes.isDead()) {
      LOG.warn("pod {}: its liveness or startup probe failed; ending it", name());
      child.stop(graceMillis(pod.getSpec().getTerminationGracePeriodSeconds()));
    }
    if (nowNanos - nextRefreshNanos >= 0) {
      nextRefreshNanos = nowNanos + REFRESH_NANOS;
      try {
        volumes.refresh();
      } catch (NotStartable e) {
        LOG.warn("pod {}: files are not refreshed: {}", name(), e.getMessage());
      }
    }
  }

  private void exited(long nowNanos) {
    int exitCode = child.process().exitValue();
    LOG.info("pod {}: process {} ended with {}", name(), child.pid(), exitCode);
    previous = new ContainerSnapshot.Terminated(exitCode, startedAt, Instant.now());
    child = null;
    probes = null;
    String policy = pod.getSpec().getRestartPolicy();
    completed = policy.equals("Never") || policy.equals("OnFailure") && exitCode == 0;
    if (!completed) {
      restartCount++;
      long delayNanos = backoff.delayNanos(nowNanos - startedNanos);
      nextStartNanos = nowNanos + delayNanos;
      waiting =
          new ContainerSnapshot.Waiting(
              "CrashLoopBackOff",
              "it ended with %d and is started again after %d s"
                  .formatted(exitCode, TimeUnit.NANOSECONDS.toSeconds(delayNanos)));
    }
  }

  private void report() {
    ContainerSnapshot now = snapshot();
    if (!now.equals(reported)) {
      api.writeStatus(pod, now, address == null ? null : address.host());
      reported = now;
    }
  }

  private ContainerSnapshot snapshot() {
    if (completed) {
      return new ContainerSnapshot(previous, null, false, false, restartCount);
    }
    if (child == null) {
      return ContainerSnapshot.waiting(waiting.reason(), waiting.message(), previous, restartCount);
    }
    return new ContainerSnapshot(
        new ContainerSnapshot.Running(startedAt),
        previous,
        probes.isStarted(),
        probes.isReady(),
        restartCount);
  }

  private void end() throws InterruptedException {
    Long grace = pod.getMetadata().getDeletionGracePeriodSeconds();
    stopProcess(removed ? NO_GRACE_MILLIS : graceMillis(grace));
    try {
      LocalFiles.deleteTree(directory);
    } catch (IOException e) {
      LOG.warn("pod {}: cannot delete {}: {}", name(), directory, e.toString());
    }
    while (!removed) {
      try {
        api.finalDelete(pod);
        return;
      } catch (KubernetesClientException e) {
        LOG.warn("pod {}: final delete failed: {}; trying again", name(), e.getMessage());
        Thread.sleep(RETRY_MILLIS);
      }
    }
  }

  private void stopProcess(long graceMillis) {
    Child running = child;
    if (running != null) {
      LOG.info("pod {}: ending process {}", name(), running.pid());
      running.stop(graceMillis);
      if (running.process().exitValue() == SIGKILL_EXIT_CODE && graceMillis > 0) {
        LOG.warn("pod {}: it did not end within its grace period and was killed", name());
      }
      child = null;
    }
  }

  private static long graceMillis(Long seconds) {
    return seconds == null ? SHUTDOWN_GRACE_MILLIS : TimeUnit.SECONDS.toMillis(seconds);
  }

  private String name() {
    return ContainerRunner.key(pod);
  }
}
