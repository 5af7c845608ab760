package io.multiraft.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
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

  private BackgroundProgram background(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("--endpoints=127.0.0.1:" + port.port()));
    all.addAll(List.of(arguments));
    return new BackgroundProgram(etcdctl, all);
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
  void grantsRenewsAndRevokesLeases() throws Exception {
    String granted = ok("lease", "grant", "100");
    assertThat(granted).matches("lease [0-9a-f]+ granted with TTL\\(100s\\)\n");
    String id = granted.split(" ")[1];
    ok("put", "leased", "1", "--lease=" + id);
    assertThat(ok("lease", "list")).isEqualTo("found 1 leases\n" + id + "\n");
    assertThat(ok("lease", "timetolive", id, "--keys"))
        .contains("granted with TTL(100s)")
        .contains("attached keys([leased])");
    assertThat(ok("lease", "keep-alive", "--once", id)).contains("keepalived with TTL(100)");
    assertThat(ok("lease", "revoke", id)).isEqualTo("lease " + id + " revoked\n");
    assertThat(ok("get", "leased")).isEmpty();
    assertThat(ok("lease", "timetolive", id)).contains("already expired");
    assertThat(etcdctl("put", "a", "1", "--lease=" + id).text())
        .contains("etcdserver: requested lease not found");
  }

  @Test
  void aLeaseThatNobodyRenewsEndsWithItsKeys() throws Exception {
    String id = ok("lease", "grant", "2").split(" ")[1];
    ok("put", "leased", "1", "--lease=" + id);
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> ok("lease", "list").startsWith("found 0 leases"));
    assertThat(ok("get", "leased")).isEmpty();
  }

  @Test
  void watchesFromNowAndFromThePast() throws Exception {
    ok("put", "color", "blue");
    ok("put", "color", "red");
    ok("del", "color");
    try (BackgroundProgram watch = background("watch", "color", "--rev=2", "--prev-kv")) {
      watch.awaitOutput(
          "PUT\ncolor\nblue\nPUT\ncolor\nblue\ncolor\nred\nDELETE\ncolor\nred\ncolor\n\n");
    }
    ok("compact", "4");
    Binaries.Output old = etcdctl("watch", "color", "--rev=2");
    assertThat(old.text()).contains("etcdserver: mvcc: required revision has been compacted");
    try (BackgroundProgram watch =
        background("watch", "--prefix", "c", "--progress-notify", "-w", "json")) {
      watch.awaitOutput("\"Events\":[]"); // told how far it is while nothing happens
      ok("put", "c2", "1");
      watch.awaitOutput("\"key\":\"YzI=\"");
    }
  }

  @Test
  void locksAndElects() throws Exception {
    try (BackgroundProgram holder = background("lock", "mutex")) {
      holder.awaitOutput("mutex/");
      try (BackgroundProgram waiter = background("lock", "mutex")) {
        assertThat(ok("get", "--prefix", "mutex/", "--keys-only")).contains("mutex/");
        holder.end();
        waiter.awaitOutput("mutex/");
      }
    }
    try (BackgroundProgram leader = background("elect", "throne", "me")) {
      leader.awaitOutput("me");
      try (BackgroundProgram observer = background("elect", "-l", "throne")) {
        observer.awaitOutput("me");
      }
    }
  }

  @Test
  void answersMaintenance() throws Exception {
    ok("put", "a", "1");
    assertThat(ok("endpoint", "hashkv")).matches("127.0.0.1:[0-9]+, [0-9]+.*\n");
    assertThat(ok("defrag")).contains("Finished defragmenting");
    assertThat(ok("alarm", "list")).isEmpty();
  }
}
