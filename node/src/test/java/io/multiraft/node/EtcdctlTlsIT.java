package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.api.Binaries;
import io.multiraft.node.port.PortLimits;
import io.multiraft.node.port.tls.TlsConfig.Provider;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real etcdctl, whose TLS is Go's, with certificates of each kind of client. */
class EtcdctlTlsIT {
  @TempDir Path directory;
  private TlsCluster cluster;

  @AfterEach
  void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private Binaries.Output etcdctl(X509Bundle own, String... arguments) throws Exception {
    Path etcdctl = Binaries.require("etcdctl");
    Path ca = Files.writeString(directory.resolve("ca"), cluster.pki.authority.getCertificatePEM());
    List<String> all =
        new ArrayList<>(
            List.of(
                "--endpoints=https://127.0.0.1:" + cluster.address(1).getPort(),
                "--cacert=" + ca,
                "--command-timeout=30s"));
    if (own != null) {
      Path chain = Files.writeString(directory.resolve("crt"), own.getCertificatePathPEM());
      Path key = Files.writeString(directory.resolve("key"), own.getPrivateKeyPEM());
      all.addAll(List.of("--cert=" + chain, "--key=" + key));
    }
    all.addAll(List.of(arguments));
    return Binaries.run(etcdctl, all.toArray(String[]::new));
  }

  @Test
  void theCertificateOfAGroupsClientIsAllThatEtcdctlNeeds() throws Exception {
    Binaries.require("etcdctl");
    cluster = new TlsCluster(directory, false, PortLimits.DEFAULT, Provider.AUTO);
    cluster.addGroup(1, "team-a");
    cluster.addGroup(2, "team-b");
    X509Bundle clientOfA = cluster.pki.client(TestPki.uri("group/default/team-a"));
    X509Bundle clientOfB = cluster.pki.client(TestPki.uri("group/default/team-b"));
    assertThat(etcdctl(clientOfA, "put", "color", "blue").text()).isEqualTo("OK\n");
    assertThat(etcdctl(clientOfA, "get", "color").text()).isEqualTo("color\nblue\n");
    assertThat(etcdctl(clientOfB, "get", "color").text()).isEmpty();
    assertThat(etcdctl(clientOfA, "member", "list").text()).contains("https://127.0.0.1:");

    Binaries.Output stranger = etcdctl(null, "get", "color");
    assertThat(stranger.exitCode()).isNotZero();
    assertThat(stranger.text()).contains("this node needs a client certificate");
    Binaries.Output unnamed = etcdctl(cluster.pki.client(TestPki.uri("client")), "get", "color");
    assertThat(unnamed.text()).contains("names no group");
  }
}
