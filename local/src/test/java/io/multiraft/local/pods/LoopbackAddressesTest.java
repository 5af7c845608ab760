package io.multiraft.local.pods;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoopbackAddressesTest {
  @TempDir Path directory;

  private final Set<String> taken = new HashSet<>();

  private LoopbackAddresses addresses(Predicate<InetSocketAddress> isFree) throws IOException {
    return new LoopbackAddresses(directory.resolve("addresses"), "127.0.77.", isFree);
  }

  @Test
  void eachPodHasAnAddressOfItsOwnAndKeepsIt() throws IOException {
    LoopbackAddresses addresses = addresses(a -> true);
    PodAddress first = addresses.assign("default/a", 2379);
    assertThat(first).isEqualTo(new PodAddress("127.0.77.1", 2379, 2379));
    assertThat(addresses.assign("default/b", 2379).host()).isEqualTo("127.0.77.2");
    assertThat(addresses.assign("default/a", 2379)).isEqualTo(first);
    assertThat(addresses.assign("default/c", 2379).host()).isEqualTo("127.0.77.3");
  }

  @Test
  void anAddressWhosePortSomebodyElseTookIsPassedOver() throws IOException {
    LoopbackAddresses addresses = addresses(a -> !taken.contains(a.getAddress().getHostAddress()));
    taken.add("127.0.77.1");
    assertThat(addresses.assign("default/a", 2379).host()).isEqualTo("127.0.77.2");
    taken.add("127.0.77.2");
    assertThat(addresses.assign("default/a", 2379).host()).isEqualTo("127.0.77.3");
  }

  @Test
  void withoutAliasesEachPodHasAPortOfItsOwn() throws IOException {
    LoopbackAddresses addresses = addresses(a -> false);
    PodAddress first = addresses.assign("default/a", 2379);
    PodAddress second = addresses.assign("default/b", 2379);
    assertThat(first.host()).isEqualTo("127.0.0.1");
    assertThat(second.host()).isEqualTo("127.0.0.1");
    assertThat(first.containerPort()).isEqualTo(2379);
    assertThat(first.port()).isNotEqualTo(2379).isNotEqualTo(second.port());
  }

  @Test
  void aLaterRunGivesTheSameNameTheSamePort() throws IOException {
    PodAddress first = addresses(a -> false).assign("default/a", 2379);
    assertThat(addresses(a -> true).assign("default/a", 2379)).isEqualTo(first);
  }
}
