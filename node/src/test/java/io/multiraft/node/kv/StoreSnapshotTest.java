package io.multiraft.node.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.multiraft.node.CommittedEntry;
import io.multiraft.node.StateMachine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A store that was written and read back is the store that it was. */
class StoreSnapshotTest {
  private static final int ROUNDS = 60;
  private static final int COMMANDS = 200;

  private final long seed = Long.getLong("multiraft.seed", new Random().nextLong());
  private final Random random = new Random(seed);
  private final RandomCommands commands = new RandomCommands(random);

  private static byte[] apply(KeyValueStateMachine machine, long index, KvCommand command) {
    return machine.apply(List.of(new CommittedEntry(index, 1, command.encode()))).get(0);
  }

  private static byte[] write(KeyValueStateMachine machine) throws IOException {
    try (StateMachine.Snapshot snapshot = machine.snapshot()) {
      return write(snapshot);
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] write(StateMachine.Snapshot snapshot) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    snapshot.writeTo(out);
    return out.toByteArray();
  }

  private static KeyValueStateMachine restored(byte[] bytes) throws IOException {
    KeyValueStateMachine machine = new KeyValueStateMachine();
    machine.restore(new ByteArrayInputStream(bytes));
    return machine;
  }

  private long applyRandom(KeyValueStateMachine machine, long index, int count) {
    long last = index;
    for (int i = 0; i < count; i++) {
      apply(machine, ++last, commands.next(machine));
    }
    return last;
  }

  private static List<KeyValue> history(KeyValueStateMachine machine) throws KvException {
    List<KeyValue> all = new ArrayList<>();
    long next = Math.max(0, machine.hash(0).compactRevision());
    while (next <= machine.revision()) {
      Changes changes = machine.changes(next, 200);
      all.addAll(changes.changes());
      next = changes.upToRevision() + 1;
    }
    return all;
  }

  @Test
  void aRestoredStoreAnswersAsTheOneThatWasWrittenEverAfter() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      KeyValueStateMachine original = new KeyValueStateMachine();
      long index = applyRandom(original, 0, random.nextInt(COMMANDS));
      KeyValueStateMachine restored = new KeyValueStateMachine();
      applyRandom(restored, 0, 3); // what it held is replaced
      restored.restore(new ByteArrayInputStream(write(original)));
      assertThat(history(restored)).as("seed %d", seed).isEqualTo(history(original));
      for (int i = 0; i < COMMANDS; i++) {
        KvCommand command = commands.next(original);
        assertThat(apply(restored, ++index, command))
            .as("seed %d, command %d %s", seed, i, command)
            .isEqualTo(apply(original, index, command));
        assertThat(restored.bytes()).as("seed %d", seed).isEqualTo(original.bytes());
      }
      assertThat(write(restored)).as("seed %d", seed).isEqualTo(write(original));
      assertThat(history(restored)).as("seed %d", seed).isEqualTo(history(original));
      assertThat(restored.hash(0)).as("seed %d", seed).isEqualTo(original.hash(0));
    }
  }

  /** Applies something random before each few bytes are taken. */
  private OutputStream interleaved(KeyValueStateMachine machine, OutputStream out, long index) {
    return new OutputStream() {
      private long last = index;

      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        if (random.nextInt(8) == 0) {
          last = applyRandom(machine, last, 1 + random.nextInt(4));
        }
        out.write(bytes, offset, length);
      }
    };
  }

  @Test
  void whatIsAppliedWhileItIsWrittenIsNotInTheSnapshot() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      KeyValueStateMachine machine = new KeyValueStateMachine();
      long index = applyRandom(machine, 0, random.nextInt(COMMANDS));
      byte[] before = write(machine);
      KvHash hash = machine.hash(0);
      ByteArrayOutputStream written = new ByteArrayOutputStream();
      try (StateMachine.Snapshot snapshot = machine.snapshot()) {
        snapshot.writeTo(interleaved(machine, written, index));
        assertThat(written.toByteArray()).as("seed %d", seed).isEqualTo(before);
        assertThat(write(snapshot)).as("seed %d, again", seed).isEqualTo(before);
      }
      KeyValueStateMachine restored = restored(before);
      assertThat(restored.hash(0)).as("seed %d", seed).isEqualTo(hash);
      // what the snapshot held back is forgotten with the next batch, and only then
      long now = index + 100_000;
      apply(machine, now, put("a"));
      KeyValueStateMachine twin = restored(write(machine));
      assertThat(twin.bytes()).as("seed %d", seed).isEqualTo(machine.bytes());
      assertThat(twin.hash(0)).as("seed %d", seed).isEqualTo(machine.hash(0));
    }
  }

  private static KvCommand put(String key) {
    return new KvCommand.Put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build());
  }

  @Test
  void readersSeeTheStateBeforeOrTheStateAfterARestore() throws Exception {
    KeyValueStateMachine machine = new KeyValueStateMachine();
    apply(machine, 1, put("a"));
    byte[] one = write(machine);
    apply(machine, 2, put("b"));
    machine.restore(new ByteArrayInputStream(one));
    assertThat(machine.revision()).isEqualTo(2);
    RangeRequest b = RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("b")).build();
    assertThat(machine.range(b).getCount()).isZero();
  }

  @Test
  void anythingDamagedIsRefusedAndTheStoreIsAsItWas() throws Exception {
    KeyValueStateMachine source = new KeyValueStateMachine();
    applyRandom(source, 0, COMMANDS);
    byte[] good = write(source);
    KeyValueStateMachine machine = new KeyValueStateMachine();
    apply(machine, 1, put("a"));
    byte[] state = write(machine);
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= (byte) (1 << random.nextInt(8));
      assertRefused(machine, bad, "seed " + seed + ", byte " + i);
      if (i % 7 == 0) {
        assertRefused(machine, java.util.Arrays.copyOf(good, i), "length " + i);
      }
    }
    assertRefused(machine, java.util.Arrays.copyOf(good, good.length + 1), "longer");
    assertThat(write(machine)).isEqualTo(state);
  }

  private static void assertRefused(KeyValueStateMachine machine, byte[] bad, String what) {
    assertThatThrownBy(() -> machine.restore(new ByteArrayInputStream(bad)))
        .as(what)
        .isInstanceOf(IOException.class);
  }

  @Test
  void whatMakesNoSenseIsRefusedThoughItsChecksumIsRight() throws Exception {
    KeyValue made =
        KeyValue.newBuilder()
            .setKey(ByteString.copyFromUtf8("a"))
            .setCreateRevision(2)
            .setModRevision(2)
            .setVersion(1)
            .build();
    assertThat(restored(forged(2, -1, made)).revision()).isEqualTo(2);
    assertForged("changes are missing", forged(3, -1, made));
    assertForged("revision", forged(2, -1, made.toBuilder().setModRevision(4).build()));
    assertForged("does not follow", forged(2, -1, made.toBuilder().setVersion(2).build()));
    assertForged("no key", forged(2, -1, made.toBuilder().clearKey().build()));
    assertForged("lease is missing", forged(2, -1, made.toBuilder().setLease(7).build()));
    assertForged("changed twice", forged(2, -1, made, made));
    assertForged("deletion of nothing", forged(2, -1, made.toBuilder().clearVersion().build()));
    assertForged("compacted revision", forged(2, 3, made));
    assertForged("revision below 1", forged(0, -1));
  }

  private static byte[] forged(long revision, long compacted, KeyValue... changes)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SnapshotWriter writer = new SnapshotWriter(out);
    writer.begin(revision, compacted);
    for (KeyValue change : changes) {
      writer.change(change);
    }
    writer.end();
    return out.toByteArray();
  }

  private static void assertForged(String message, byte[] bytes) {
    assertThatThrownBy(() -> restored(bytes))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }
}
