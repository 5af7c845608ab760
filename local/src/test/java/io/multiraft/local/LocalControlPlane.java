package io.multiraft.local;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.multiraft.local.binaries.Binaries;
import io.multiraft.local.binaries.Program;
import io.multiraft.local.control.ControlPlane;
import io.multiraft.local.process.Children;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** A control plane for a test, where its programs are on this machine. */
public final class LocalControlPlane implements AutoCloseable {
  public final Children children;
  public final ControlPlane controlPlane;
  public final KubernetesClient client;

  private LocalControlPlane(Path state, Map<Program, Path> programs)
      throws IOException, InterruptedException {
    children = new Children(state);
    controlPlane = ControlPlane.start(commands(programs), state, children);
    client = controlPlane.client();
  }

  /** Skips the test, loudly, when a program is missing. */
  public static LocalControlPlane start(Path state) throws IOException, InterruptedException {
    Map<Program, Path> programs =
        new Binaries(System.getenv(), Path.of("kube"), System.err::println).find();
    if (programs.size() < Program.values().length) {
      System.err.println(
          "SKIPPED: no etcd, kube-apiserver and kube-controller-manager in KUBEBUILDER_ASSETS, PATH"
              + " or the cache; ./quickstart gets them");
    }
    Assumptions.assumeTrue(
        programs.size() == Program.values().length, "the control plane's programs are not here");
    return new LocalControlPlane(state, programs);
  }

  private static ControlPlane.Programs commands(Map<Program, Path> programs) {
    return new ControlPlane.Programs(
        List.of(programs.get(Program.ETCD).toString()),
        List.of(programs.get(Program.KUBE_API_SERVER).toString()),
        List.of(programs.get(Program.KUBE_CONTROLLER_MANAGER).toString()));
  }

  @Override
  public void close() {
    client.close();
    controlPlane.stop();
    children.close();
  }
}
