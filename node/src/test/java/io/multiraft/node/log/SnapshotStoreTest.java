package io.multiraft.node.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.multiraft.node.raft.SnapshotMeta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A snapshot is there as it was written, or not at all. */
class SnapshotStoreTest {
  private static final Path DATA = Path.of("/data");
  private static final Path DIRECTORY = DATA.resolve(SnapshotStore.DIRECTORY_NAME);
  private static final long RESERVE_BYTES = 1000;

  @Test
  void whatWasWrittenIsReadInPiecesOfAnySize() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    for (int bytes : new int[] {0, 1, 65_535, 65_536, 65_537, 300_000}) {
      SnapshotStore store = open(new SimulatedFiles());
      byte[] state = state(bytes, random);
      SnapshotMeta meta = Workload.snapshot(10, 2);
      write(store, 1, meta, state);
      StoredSnapshot stored = store.newest(1).orElseThrow();
      assertThat(stored.meta()).isEqualTo(meta);
      assertThat(read(stored)).isEqualTo(state);
    }
  }

  @Test
  void theNewestAndOneOlderAreKept() throws Exception {
    SimulatedFiles files = new SimulatedFiles();
    SnapshotStore store = open(files);
    for (int index = 1; index <= 5; index++) {
      write(store, 1, Workload.snapshot(index, 1), new byte[index]);
      write(store, 2, Workload.snapshot(index, 1), new byte[index]);
    }
    for (SnapshotStore each : List.of(store, open(files))) {
      assertThat(each.all(1)).extracting(StoredSnapshot::index).containsExactly(5L, 4L);
      assertThat(files.list(DIRECTORY)).hasSize(4);
    }
    store.delete(2);
    assertThat(store.newest(2)).isEmpty();
    assertThat(open(files).newest(2)).isEmpty();
    store.retain(List.of(7));
    assertThat(files.list(DIRECTORY)).isEmpty();
  }

  @Test
  void anyFlippedBitIsFound() throws Exception {
    SimulatedFiles files = new SimulatedFiles();
    SnapshotStore store = open(files);
    byte[] state = state(70_000, new SplittableRandom(2));
    write(store, 1, Workload.snapshot(10, 2), state);
    StoredSnapshot stored = store.newest(1).orElseThrow();
    int length = files.bytes(stored.path()).length;
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 250; i++) {
      int position = i < 130 ? i : i < 160 ? length - 1 - (i - 130) : random.nextInt(length);
      files.bytes(stored.path())[position] ^= (byte) (1 << random.nextInt(8));
      byte[] damaged = files.bytes(stored.path()).clone();
      assertThat(catchThrowable(() -> read(stored)))
          .as("position %d", position)
          .isInstanceOf(SnapshotDamagedException.class)
          .hasMessageContaining(stored.path().toString());
      files.setBytes(stored.path(), repaired(files, store, state, damaged));
    }
    byte[] good = files.bytes(stored.path());
    for (int cut = 0; cut < length; cut += 1 + random.nextInt(700)) {
      files.setBytes(stored.path(), Arrays.copyOf(good, cut));
      assertThat(catchThrowable(() -> read(stored))).isInstanceOf(SnapshotDamagedException.class);
    }
    files.setBytes(stored.path(), Arrays.copyOf(good, length + 1));
    assertThat(catchThrowable(() -> read(stored))).isInstanceOf(SnapshotDamagedException.class);
  }

  /** The file as it is written a second time: its bytes depend on nothing but the state. */
  private static byte[] repaired(
      SimulatedFiles files, SnapshotStore store, byte[] state, byte[] damaged) throws IOException {
    write(store, 9, Workload.snapshot(10, 2), new byte[] {1});
    write(store, 1, Workload.snapshot(10, 2), state);
    byte[] good = files.bytes(store.newest(1).orElseThrow().path());
    assertThat(good).hasSameSizeAs(damaged).isNotEqualTo(damaged);
    return good;
  }

  @Test
  void aTransferGoesOnWhereItBrokeAndIsVerifiedAsAWhole() throws Exception {
    SnapshotStore from = open(new SimulatedFiles());
    byte[] state = state(200_000, new SplittableRandom(4));
    SnapshotMeta meta = Workload.snapshot(10, 2);
    write(from, 1, meta, state);
    SimulatedFiles files = new SimulatedFiles();
    SnapshotStore to = open(files);
    try (StoredSnapshot.Raw raw = from.newest(1).orElseThrow().openRaw()) {
      PartialSnapshot partial = to.receive(1, "uid", 10, 2, raw.fileBytes());
      assertThatThrownBy(() -> to.receive(1, "uid", 10, 2, raw.fileBytes()))
          .isInstanceOf(IllegalStateException.class);
      ByteBuffer chunk = ByteBuffer.allocate(30_000);
      long offset = 0;
      while (offset < raw.fileBytes()) {
        raw.read(chunk.clear(), offset);
        assertThat(partial.append(partial.receivedBytes() + 1, chunk.flip())).as("a gap").isFalse();
        assertThat(partial.append(offset, chunk)).isTrue();
        assertThat(partial.append(offset, chunk)).as("a repetition").isTrue();
        offset += chunk.remaining() / 2 + 1; // the second half comes again
        assertThat(partial.receivedBytes()).isGreaterThanOrEqualTo(offset);
      }
      assertThat(to.newest(1)).isEmpty();
      StoredSnapshot stored = partial.commit();
      assertThat(stored.meta()).isEqualTo(meta);
      assertThat(read(stored)).isEqualTo(state);
    }
    assertThat(files.list(DIRECTORY)).hasSize(1);
  }

  @Test
  void aDamagedOrStrangeTransferIsDropped() throws Exception {
    SnapshotStore from = open(new SimulatedFiles());
    write(from, 1, Workload.snapshot(10, 2), state(1000, new SplittableRandom(5)));
    StoredSnapshot good = from.newest(1).orElseThrow();
    ByteBuffer bytes = ByteBuffer.allocate(2000);
    try (StoredSnapshot.Raw raw = good.openRaw()) {
      raw.read(bytes, 0);
    }
    bytes.flip();
    SimulatedFiles files = new SimulatedFiles();
    SnapshotStore to = open(files);
    for (int kind = 0; kind < 4; kind++) {
      PartialSnapshot partial =
          to.receive(kind == 0 ? 2 : 1, kind == 1 ? "other" : "uid", kind == 2 ? 11 : 10, 2, 1000);
      ByteBuffer sent = ByteBuffer.wrap(Arrays.copyOf(bytes.array(), bytes.remaining()));
      if (kind == 3) {
        sent.array()[500] ^= 1;
      }
      partial.append(0, sent);
      assertThatThrownBy(partial::commit).isInstanceOf(SnapshotDamagedException.class);
      assertThat(files.list(DIRECTORY)).isEmpty();
    }
  }

  @Test
  void whatWasNotFinishedLeavesNothing() throws Exception {
    SimulatedFiles files = new SimulatedFiles();
    SnapshotStore store = open(files);
    store.write(1, "uid", Workload.snapshot(1, 1)).close();
    assertThat(files.list(DIRECTORY)).isEmpty();
    store.write(1, "uid", Workload.snapshot(2, 1)).write(1);
    store.receive(2, "uid", 1, 1, 100).append(0, ByteBuffer.allocate(10));
    assertThat(files.list(DIRECTORY)).hasSize(2);
    assertThat(open(files).newest(1)).isEmpty();
    assertThat(files.list(DIRECTORY)).isEmpty();
  }

  @Test
  void aGroupRemovedMeanwhileGetsNoSnapshot() throws Exception {
    SimulatedFiles files = new SimulatedFiles();
    SnapshotStore store = open(files);
    try (SnapshotWriter writer = store.write(1, "uid", Workload.snapshot(1, 1))) {
      store.delete(1);
      assertThatThrownBy(writer::commit).isInstanceOf(IOException.class);
    }
    assertThat(files.list(DIRECTORY)).isEmpty();
    write(store, 1, Workload.snapshot(1, 1), new byte[5]);
    assertThat(store.newest(1)).isPresent();
  }

  @Test
  void theReserveIsNotTouched() throws Exception {
    SimulatedFiles files = new SimulatedFiles();
    SnapshotStore store = open(files);
    files.usableBytes(RESERVE_BYTES + 500);
    assertThatThrownBy(() -> store.receive(1, "uid", 1, 1, 501))
        .isInstanceOf(NoSpaceException.class);
    try (SnapshotWriter writer = store.write(1, "uid", Workload.snapshot(1, 1))) {
      assertThatThrownBy(() -> writer.write(new byte[3 << 20]))
          .isInstanceOf(NoSpaceException.class);
    }
    assertThat(files.list(DIRECTORY)).isEmpty();
    files.usableBytes(RESERVE_BYTES - 1);
    assertThatThrownBy(() -> store.write(1, "uid", Workload.snapshot(1, 1)))
        .isInstanceOf(NoSpaceException.class);
  }

  @Test
  void aCutAnywhereLeavesTheNewOneOrTheOldOnes() throws Exception {
    SplittableRandom random = new SplittableRandom(6);
    byte[] state = state(3000, random);
    boolean finished = false;
    for (int cut = 1; !finished; cut++) {
      for (boolean afterEffect : new boolean[] {false, true}) {
        SimulatedFiles files = new SimulatedFiles();
        SnapshotStore store = open(files);
        write(store, 1, Workload.snapshot(1, 1), new byte[] {1});
        write(store, 1, Workload.snapshot(2, 1), new byte[] {2});
        files.cutAt(cut, afterEffect);
        boolean committed = false;
        try (SnapshotWriter writer = store.write(1, "uid", Workload.snapshot(3, 1))) {
          writer.write(state);
          writer.commit();
          committed = true;
        } catch (SimulatedFiles.PowerCut e) {
          assertThat(files.isOff()).isTrue();
        }
        finished = !files.isOff();
        SnapshotStore after = open(files.afterPowerCut(random));
        List<StoredSnapshot> found = after.all(1);
        assertThat(found).as("cut %d", cut).isNotEmpty();
        assertThat(found.get(0).index()).isBetween(committed ? 3L : 2L, 3L);
        for (StoredSnapshot each : found) {
          assertThat(read(each))
              .as("cut %d, snapshot %d", cut, each.index())
              .isEqualTo(each.index() == 3 ? state : new byte[] {(byte) each.index()});
        }
      }
    }
  }

  private static SnapshotStore open(SimulatedFiles files) throws IOException {
    files.createDirectories(DATA);
    return SnapshotStore.open(files, DATA, RESERVE_BYTES);
  }

  private static byte[] state(int bytes, SplittableRandom random) {
    byte[] state = new byte[bytes];
    random.nextBytes(state);
    return state;
  }

  private static void write(SnapshotStore store, int groupId, SnapshotMeta meta, byte[] state)
      throws IOException {
    try (SnapshotWriter writer = store.write(groupId, "uid", meta)) {
      writer.write(state, 0, state.length / 3);
      writer.write(state, state.length / 3, state.length - state.length / 3);
      writer.commit();
    }
  }

  private static byte[] read(StoredSnapshot stored) throws IOException {
    try (SnapshotReader reader = stored.open()) {
      return reader.readAllBytes();
    }
  }
}
