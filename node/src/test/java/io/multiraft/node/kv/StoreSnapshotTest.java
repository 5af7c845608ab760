package io.multiraft.node.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.multiraft.node.CommittedEntry;
import io.multiraft.node.StateMachine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A store that was written and read back is the store that it was. */
class StoreSnapshotTest {
  private static final int ROUNDS = 30;
  private static final int COMMANDS = 200;

  private long index;

  private static ByteString key(Random random) {
    return ByteString.copyFromUtf8("k" + random.nextInt(12));
  }

  private static byte[] command(Random random, long revision) {
    int kind = random.nextInt(10);
    if (kind < 6) {
      return new KvCommand.Put(
              PutRequest.newBuilder()
                  .setKey(key(random))
                  .setValue(ByteString.copyFromUtf8("v" + random.nextInt(1000)))
                  .setPrevKv(random.nextBoolean())
                  .build())
          .encode();
    } else if (kind < 9) {
      return new KvCommand.DeleteRange(
              DeleteRangeRequest.newBuilder().setKey(key(random)).setPrevKv(true).build())
          .encode();
    }
    long upTo = Math.max(1, revision - random.nextInt(20));
    return new KvCommand.Compact(CompactionRequest.newBuilder().setRevision(upTo).build()).encode();
  }

  private byte[] apply(KeyValueStateMachine machine, byte[] command) {
    return machine.apply(List.of(new CommittedEntry(++index, 1, command))).get(0);
  }

  private static byte[] write(StateMachine.Snapshot snapshot) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    snapshot.writeTo(out);
    return out.toByteArray();
  }

  @Test
  void aRestoredStoreAnswersAsTheOneThatWasWrittenEverAfter() throws IOException {
    long seed = Long.getLong("multiraft.seed", new Random().nextLong());
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      KeyValueStateMachine original = new KeyValueStateMachine();
      for (int i = random.nextInt(COMMANDS); i > 0; i--) {
        apply(original, command(random, original.revision()));
      }
      KeyValueStateMachine restored = new KeyValueStateMachine();
      apply(restored, command(random, 1)); // what it held is replaced
      restored.restore(new ByteArrayInputStream(write(original.snapshot())));
      for (int i = 0; i < COMMANDS; i++) {
        byte[] command = command(random, original.revision());
        assertThat(apply(restored, command))
            .as("seed %d, command %d", seed, i)
            .isEqualTo(apply(original, command));
        assertThat(restored.bytes()).as("seed %d", seed).isEqualTo(original.bytes());
      }
      assertThat(write(restored.snapshot()))
          .as("seed %d", seed)
          .isEqualTo(write(original.snapshot()));
    }
  }

  @Test
  void whatIsAppliedMeanwhileIsNotInTheSnapshot() throws Exception {
    KeyValueStateMachine machine = new KeyValueStateMachine();
    byte[] put =
        new KvCommand.Put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build())
            .encode();
    apply(machine, put);
    StateMachine.Snapshot snapshot = machine.snapshot();
    byte[] before = write(snapshot);
    apply(machine, put);
    apply(machine, command(new Random(1), 2));
    assertThat(write(snapshot)).isEqualTo(before);
    machine.restore(new ByteArrayInputStream(before));
    assertThat(machine.revision()).isEqualTo(2);
    assertThat(
            machine
                .range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build())
                .getKvs(0)
                .getVersion())
        .isEqualTo(1);
  }

  @Test
  void anUnknownFormatIsRefusedAndTheStoreIsAsItWas() {
    KeyValueStateMachine machine = new KeyValueStateMachine();
    apply(machine, command(new Random(1), 1));
    long revision = machine.revision();
    assertThatThrownBy(() -> machine.restore(new ByteArrayInputStream(new byte[] {9, 9, 9, 9})))
        .isInstanceOf(IOException.class);
    assertThat(machine.revision()).isEqualTo(revision);
  }
}
