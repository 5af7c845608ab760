package io.multiraft.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class RegistersTest {
  @Test
  void holdsTheLastValueAndCountsWrites() {
    Registers registers = new Registers();
    byte[] key = "k".getBytes(US_ASCII);
    registers.apply(ByteBuffer.wrap(Registers.command(key, new byte[] {1, 2})));
    registers.apply(ByteBuffer.wrap(Registers.command(key, new byte[] {3})));

    Client.Stored stored = Registers.stored(registers.read(key));

    assertThat(stored.version()).isEqualTo(2);
    assertThat(stored.value()).containsExactly(3);
    assertThat(Registers.stored(registers.read(new byte[] {'x'})).version()).isZero();
  }
}
