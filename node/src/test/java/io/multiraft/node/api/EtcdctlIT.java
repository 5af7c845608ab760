package io.multiraft.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The real etcdctl against the services, on a connection that belongs to one group. */
class EtcdctlIT {
  private Path etcdctl;
  private EtcdPort port;

  @BeforeEach
  void start() throws Exception {
    etcdctl = Binaries.require("etcdctl");
    port = new EtcdPort(Optional.of("team-a.default"), 5_000, new InMemoryGroup(7, "team-a"));
  }

  @AfterEach
  void stop() throws Exception {
    if (port != null) {
      port.close();
    }
  }

  private String ok(String... arguments) throws Exception {
    Binaries.Output output = etcdctl(arguments);
    assertThat(output.exitCode()).as(output.text()).isZero();
    return output.text();
  }

  private Binaries.Output etcdctl(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("--endpoints=127.0.0.1:" + port.port()));
    all.addAll(List.of(arguments));
    return Binaries.run(etcdctl, all.toArray(String[]::new));
  }

  @Test
  void putsGetsAndDeletes() throws Exception {
    assertThat(ok("put", "color", "blue")).isEqualTo("OK\n");
    assertThat(ok("get", "color")).isEqualTo("color\nblue\n");
    assertThat(ok("put", "color", "red", "--prev-kv")).isEqualTo("OK\ncolor\nblue\n");
    assertThat(ok("get", "color", "--rev=2")).isEqualTo("color\nblue\n");
    assertThat(ok("get", "--prefix", "co", "--keys-only")).startsWith("color\n");
    assertThat(ok("del", "color")).isEqualTo("1\n");
    assertThat(ok("get", "color")).isEmpty();
  }

  @Test
  void compactsAndSaysWhatIsGone() throws Exception {
    ok("put", "a", "1");
    ok("put", "a", "2");
    assertThat(ok("compact", "3")).isEqualTo("compacted revision 3\n");
    Binaries.Output old = etcdctl("get", "a", "--rev=2");
    assertThat(old.exitCode()).isNotZero();
    assertThat(old.text()).contains("etcdserver: mvcc: required revision has been compacted");
  }

  @Test
  void showsStatusMembersAndHealth() throws Exception {
    assertThat(ok("endpoint", "status", "-w", "table")).contains("3.6.0").contains("true");
    assertThat(ok("member", "list")).contains("started").contains("server-1");
    assertThat(ok("endpoint", "health")).contains("is healthy");
  }

  @Test
  void namesWhatIsMissing() throws Exception {
    Binaries.Output lease = etcdctl("lease", "grant", "10");
    assertThat(lease.exitCode()).isNotZero();
    assertThat(lease.text()).contains("does not serve leases yet");
  }
}
