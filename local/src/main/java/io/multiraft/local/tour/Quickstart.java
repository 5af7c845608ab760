package io.multiraft.local.tour;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.multiraft.crds.RaftGroup;
import io.multiraft.local.binaries.Binaries;
import io.multiraft.local.binaries.Program;
import io.multiraft.local.process.Children;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line of {@code ./quickstart}. */
@Command(
    name = "quickstart",
    sortOptions = false,
    description =
        "Runs Multiraft on this machine alone: a real Kubernetes API server, the operator, and nodes"
            + " as processes; shows what happens and leaves it running until Ctrl-C.")
public final class Quickstart implements Callable<Integer> {
  private static final int EXIT_FAILED = 1;
  private static final long WATCH_MILLIS = 1_000;

  @Option(
      names = "--once",
      description = "End after the tour: with 0 if every step was seen to work, else with 1.")
  private boolean once;

  @Option(
      names = "--keep-state",
      description = "Go on with the objects and data of the last run in place of a fresh start.")
  private boolean keepState;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description = "Where everything is kept, logs too; default target/quickstart.")
  private Path stateDirectory;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this and end.")
  private boolean help;

  @Option(names = "--repository", hidden = true, required = true)
  private Path repository;

  private final Console console = new Console(System.out);

  /** Ends with 0, with 1 when a step failed, with 2 when called wrongly. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Quickstart()).execute(arguments));
  }

  @Override
  public Integer call() throws InterruptedException {
    Path directory =
        Optional.ofNullable(stateDirectory)
            .orElse(repository.resolve("target/quickstart"))
            .toAbsolutePath()
            .normalize();
    try (StateDirectory state = StateDirectory.lock(directory)) {
      return run(state);
    } catch (StepFailed | IOException | KubernetesClientException e) {
      console.step("FAILED: " + e.getMessage());
      return EXIT_FAILED;
    }
  }

  private int run(StateDirectory state) throws IOException, InterruptedException {
    Children children = new Children(state.run());
    children.endedLeftovers().forEach(name -> console.say("ended what was left of " + name));
    if (!keepState) {
      state.clear();
    }
    System.setProperty(
        "multiraft.local.log", state.path().resolve("logs/quickstart.log").toString());
    LocalSystem system = new LocalSystem(repository, state.path(), children);
    Thread stopping = new Thread(() -> stop(system), "stopping");
    Runtime.getRuntime().addShutdownHook(stopping);
    try {
      RaftGroup group = tour(system);
      double seconds = console.seconds();
      if (once) {
        console.step("Every step was seen to work, in %.0f s.".formatted(seconds));
        return 0;
      }
      printWhatNext(system, group, state.path());
      watch(system);
      return EXIT_FAILED;
    } catch (StepFailed | IOException | KubernetesClientException e) {
      if (system.isClosing()) {
        return EXIT_FAILED; // by Ctrl-C; what failed, failed because of it
      }
      console.step("FAILED: " + e.getMessage());
      console.plain("Logs: " + state.path().resolve("logs"));
      return EXIT_FAILED;
    } finally {
      system.close();
    }
  }

  private void stop(LocalSystem system) {
    if (!system.isClosing()) {
      console.step("Stopping; nothing is left behind but the state directory.");
    }
    system.close();
  }

  private RaftGroup tour(LocalSystem system) throws StepFailed, IOException, InterruptedException {
    console.step(
        "Starting a Kubernetes control plane: etcd, kube-apiserver, kube-controller-manager");
    Binaries binaries =
        new Binaries(System.getenv(), repository.resolve("local/kube"), console::say);
    Map<Program, Path> programs = binaries.obtain();
    system.startControlPlane(programs);
    console.say(
        "Kubernetes %s at %s"
            .formatted(
                system.client().getKubernetesVersion().getGitVersion(),
                system.controlPlane().server()));
    system.startPlayer();
    return new Tour(system, console, repository.resolve("examples")).run();
  }

  private void printWhatNext(LocalSystem system, RaftGroup group, Path state) {
    String namespace = group.getMetadata().getNamespace();
    String name = group.getMetadata().getName();
    OptionalInt port = system.forwarders().port(namespace, name);
    String leader = group.getStatus().leader();
    console.step("It keeps running until Ctrl-C. In another terminal:");
    String next =
        """

          export KUBECONFIG=%s
          kubectl get rg -w          # who leads, how many members are ready
          etcdctl --endpoints 127.0.0.1:%d get hello
          kill -9 %d                 # %s leads %s: see another take over
          kubectl delete pod %s      # a node that ends in order hands its groups over first
          examples/hundred-groups/generate | kubectl apply -f -

        Logs (kubectl logs, exec and port-forward do not exist here): %s
        """;
    console.plain(
        next.formatted(
            system.controlPlane().kubeconfig(),
            port.orElse(0),
            system.player().pid(namespace, leader).orElse(0),
            leader,
            name,
            leader,
            state.resolve("logs")));
  }

  private void watch(LocalSystem system) throws InterruptedException, StepFailed {
    while (true) {
      Optional<String> ended = system.endedPart();
      if (ended.isPresent()) {
        throw new StepFailed(ended.get());
      }
      Thread.sleep(WATCH_MILLIS);
    }
  }
}
