package io.multiraft.local.pods;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LoopbackAddressesTest {
  private final Set<String> taken = new HashSet<>();

  @Test
  void eachPodHasAnAddressOfItsOwnAndKeepsIt() throws IOException {
    LoopbackAddresses addresses = new LoopbackAddresses("127.0.77.", a -> true);
    PodAddress first = addresses.assign("default/a", 2379);
    assertThat(first).isEqualTo(new PodAddress("127.0.77.1", 2379, 2379));
    assertThat(addresses.assign("default/b", 2379).host()).isEqualTo("127.0.77.2");
    assertThat(addresses.assign("default/a", 2379)).isEqualTo(first);
    addresses.release("default/a");
    assertThat(addresses.assign("default/c", 2379).host()).isEqualTo("127.0.77.1");
  }

  @Test
  void anAddressWhosePortSomebodyElseTookIsPassedOver() throws IOException {
    LoopbackAddresses addresses =
        new LoopbackAddresses("127.0.77.", a -> !taken.contains(a.getAddress().getHostAddress()));
    taken.add("127.0.77.1");
    assertThat(addresses.assign("default/a", 2379).host()).isEqualTo("127.0.77.2");
    taken.add("127.0.77.2");
    assertThat(addresses.assign("default/a", 2379).host()).isEqualTo("127.0.77.3");
  }

  @Test
  void withoutAliasesEachPodHasAPortOfItsOwn() throws IOException {
    LoopbackAddresses addresses = new LoopbackAddresses("127.0.77.", a -> false);
    PodAddress first = addresses.assign("default/a", 2379);
    PodAddress second = addresses.assign("default/b", 2379);
    assertThat(first.host()).isEqualTo("127.0.0.1");
    assertThat(second.host()).isEqualTo("127.0.0.1");
    assertThat(first.containerPort()).isEqualTo(2379);
    assertThat(first.port()).isNotEqualTo(2379).isNotEqualTo(second.port());
  }
}
