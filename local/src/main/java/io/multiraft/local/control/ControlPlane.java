package io.multiraft.local.control;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.multiraft.local.process.Child;
import io.multiraft.local.process.Children;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A running control plane. Everything it writes is below its state directory: {@code etcd/} (the
 * objects, which a later start over the same directory finds again), {@code pki/}, {@code logs/}
 * and two kubeconfig files.
 */
public final class ControlPlane {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
  private static final long POLL_MILLIS = 50;
  private static final long STOP_GRACE_MILLIS = 5_000;

  /**
   * Those that a StatefulSet, its claims, budgets, Services and deletion need. Controllers of Nodes
   * are left out: there is no kubelet that would report to them.
   */
  private static final String CONTROLLERS =
      String.join(
          ",",
          "statefulset-controller",
          "replicaset-controller",
          "deployment-controller",
          "disruption-controller",
          "endpointslice-controller",
          "garbage-collector-controller",
          "namespace-controller",
          "serviceaccount-controller",
          "serviceaccount-token-controller",
          "root-ca-certificate-publisher-controller",
          "persistentvolume-binder-controller",
          "persistentvolumeclaim-protection-controller",
          "persistentvolume-protection-controller",
          "clusterrole-aggregation-controller");

  private final Path state;
  private final Programs programs;
  private final Children children;
  private final String server;
  private final int etcdPort;
  private final int etcdPeerPort;
  private final int apiPort;
  private Child etcd;
  private Child apiServer;
  private Child controllerManager;

  /**
   * The programs of a control plane: command lines to which arguments are appended, because one
   * program may be all three, told by its first argument.
   */
  public record Programs(
      List<String> etcd, List<String> kubeApiServer, List<String> kubeControllerManager) {
    public Programs {
      etcd = List.copyOf(etcd);
      kubeApiServer = List.copyOf(kubeApiServer);
      kubeControllerManager = List.copyOf(kubeControllerManager);
    }
  }

  private ControlPlane(Programs programs, Path state, Children children) throws IOException {
    this.programs = programs;
    this.state = state;
    this.children = children;
    List<Integer> ports = FreePorts.find(3);
    this.etcdPort = ports.get(0);
    this.etcdPeerPort = ports.get(1);
    this.apiPort = ports.get(2);
    this.server = "https://127.0.0.1:" + apiPort;
  }

  /**
   * Starts all three and returns when the API server is ready and the controller manager runs.
   *
   * @throws IOException when one of them ends or is not ready in time; the message names its log
   */
  public static ControlPlane start(Programs programs, Path state, Children children)
      throws IOException, InterruptedException {
    ControlPlane plane = new ControlPlane(programs, state, children);
    plane.startAll();
    return plane;
  }

  private void startAll() throws IOException, InterruptedException {
    Credentials credentials = Credentials.in(state.resolve("pki"));
    etcd = launch("etcd", programs.etcd(), etcdArguments());
    await(etcd, this::etcdIsHealthy);
    apiServer = launch("kube-apiserver", programs.kubeApiServer(), apiServerArguments(credentials));
    Path certificate = state.resolve("pki/apiserver.crt");
    await(apiServer, () -> Files.exists(certificate) && Files.size(certificate) > 0);
    String certificates = Files.readString(certificate);
    Kubeconfig.write(kubeconfig(), server, certificates, "admin", credentials.adminToken());
    Path own = state.resolve("controller-manager.kubeconfig");
    Kubeconfig.write(
        own, server, certificates, "controller-manager", credentials.controllerManagerToken());
    try (KubernetesClient client = client()) {
      await(apiServer, () -> isReady(client));
    }
    controllerManager =
        launch(
            "kube-controller-manager",
            programs.kubeControllerManager(),
            controllerManagerArguments(credentials, own));
  }

  private List<String> etcdArguments() {
    String client = "http://127.0.0.1:" + etcdPort;
    String peer = "http://127.0.0.1:" + etcdPeerPort;
    return List.of(
        "--name=local",
        "--data-dir=" + state.resolve("etcd"),
        "--listen-client-urls=" + client,
        "--advertise-client-urls=" + client,
        "--listen-peer-urls=" + peer,
        "--initial-advertise-peer-urls=" + peer,
        "--initial-cluster=local=" + peer,
        "--unsafe-no-fsync", // Kubernetes' objects only; the nodes' own logs are synced
        "--log-level=warn");
  }

  private List<String> apiServerArguments(Credentials credentials) {
    return List.of(
        "--etcd-servers=http://127.0.0.1:" + etcdPort,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        "--secure-port=" + apiPort,
        "--cert-dir=" + state.resolve("pki"),
        "--authorization-mode=RBAC",
        "--anonymous-auth=false",
        "--token-auth-file=" + credentials.tokenFile(),
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=" + credentials.serviceAccountPublicKey(),
        "--service-account-signing-key-file=" + credentials.serviceAccountKey(),
        "--service-cluster-ip-range=10.96.0.0/16",
        "--shutdown-delay-duration=0s");
  }

  private List<String> controllerManagerArguments(Credentials credentials, Path kubeconfig) {
    return List.of(
        "--kubeconfig=" + kubeconfig,
        "--controllers=" + CONTROLLERS,
        "--service-account-private-key-file=" + credentials.serviceAccountKey(),
        "--root-ca-file=" + state.resolve("pki/apiserver.crt"),
        "--use-service-account-credentials",
        "--leader-elect=false",
        "--secure-port=0",
        "--cert-dir=" + state.resolve("pki"));
  }

  private Child launch(String name, List<String> program, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(program);
    command.addAll(arguments);
    return children.start(
        name, command, Map.copyOf(System.getenv()), state.resolve("logs/" + name + ".log"));
  }

  private boolean etcdIsHealthy() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + etcdPort + "/health"))
            .timeout(Duration.ofSeconds(2))
            .build();
    try {
      return HttpClient.newHttpClient()
              .send(request, HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false; // not listening yet
    }
  }

  private static boolean isReady(KubernetesClient client) {
    try {
      return "ok".equals(client.raw("/readyz"));
    } catch (KubernetesClientException e) {
      return false; // not listening yet
    }
  }

  private interface Check {
    boolean passes() throws IOException, InterruptedException;
  }

  private static void await(Child child, Check check) throws IOException, InterruptedException {
    long deadlineNanos = System.nanoTime() + START_TIMEOUT.toNanos();
    while (!check.passes()) {
      if (!child.isAlive()) {
        throw new IOException(child.name() + " ended while starting; see " + child.logFile());
      }
      if (System.nanoTime() - deadlineNanos > 0) {
        throw new IOException(
            "%s was not ready within %d s; see %s"
                .formatted(child.name(), START_TIMEOUT.toSeconds(), child.logFile()));
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** The administrator's kubeconfig, also for {@code KUBECONFIG}. */
  public Path kubeconfig() {
    return state.resolve("kubeconfig");
  }

  /** The API server's address. */
  public String server() {
    return server;
  }

  /** A new client with all rights; the caller closes it. */
  public KubernetesClient client() throws IOException {
    Config config = Config.fromKubeconfig(kubeconfig().toFile());
    config.setRequestRetryBackoffLimit(0);
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  /** Whether all three still run; names of those that do not. */
  public List<String> ended() {
    return Stream.of(etcd, apiServer, controllerManager)
        .filter(child -> !child.isAlive())
        .map(child -> child.name() + " (see " + child.logFile() + ")")
        .toList();
  }

  /** Ends all three, etcd last. */
  public void stop() {
    controllerManager.process().destroy();
    apiServer.stop(STOP_GRACE_MILLIS);
    controllerManager.stop(STOP_GRACE_MILLIS);
    etcd.stop(STOP_GRACE_MILLIS);
  }
}
