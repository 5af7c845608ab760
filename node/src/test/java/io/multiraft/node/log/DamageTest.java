package io.multiraft.node.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.multiraft.node.raft.HardState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Damage below what was durable is named and refused; at the torn end it is cut (node rule 12). */
class DamageTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path LOG = DIRECTORY.resolve("wal");
  private static final int SEGMENT_BYTES = 4096;
  private static final int BATCHES = 20;

  /** Offsets in the log at which the batches' blocks start, and the end of the last. */
  private final List<Long> blocks = new ArrayList<>();

  @Test
  void anyFlippedByteBelowTheProvenEndIsRefusedWithItsPlace() throws Exception {
    SimulatedFiles files = written();
    List<Path> segments = segments(files);
    assertThat(segments.size()).isGreaterThan(2);
    int checked = 0;
    for (int i = 0; i < segments.size(); i++) {
      byte[] good = files.bytes(segments.get(i));
      boolean last = i == segments.size() - 1;
      SegmentHeader header = header(good);
      long end = last ? provenEnd() : header(files.bytes(segments.get(i + 1))).baseOffset();
      int endPosition = (int) (end - header.baseOffset()) + SegmentHeader.BYTES;
      for (int position = 0; position < endPosition; position++) {
        LogDamagedException damage = openFlipped(files, segments.get(i), position);
        assertThat(damage.file()).isEqualTo(segments.get(i));
        assertThat(damage.offset()).as("place of %d", position).isEqualTo(start(header, position));
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(8000);
  }

  @Test
  void aFlippedByteInTheTornEndCutsTheLastBatchOnly() throws Exception {
    SimulatedFiles files = written();
    List<Path> segments = segments(files);
    Path last = segments.get(segments.size() - 1);
    byte[] good = files.bytes(last);
    SegmentHeader header = header(good);
    int from = (int) (provenEnd() - header.baseOffset()) + SegmentHeader.BYTES;
    int to = (int) (blocks.get(BATCHES) - header.baseOffset()) + SegmentHeader.BYTES;
    for (int position = from; position < to; position++) {
      SimulatedFiles copy = files.copyAsDurable();
      flip(copy, last, position);
      assertThat(recoveredLastIndex(copy)).isEqualTo(BATCHES - 1);
    }
    for (int position = to; position < good.length; position += 7) {
      SimulatedFiles copy = files.copyAsDurable();
      flip(copy, last, position);
      assertThat(recoveredLastIndex(copy)).isEqualTo(BATCHES);
    }
  }

  @Test
  void aZeroedPageBelowTheProvenEndIsNotTakenForTheEnd() throws Exception {
    SimulatedFiles files = written();
    List<Path> segments = segments(files);
    Path last = segments.get(segments.size() - 1);
    byte[] bytes = files.bytes(last);
    Arrays.fill(bytes, SegmentHeader.BYTES, SegmentHeader.BYTES + BlockHeader.BYTES, (byte) 0);
    assertThatThrownBy(() -> recoveredLastIndex(files))
        .isInstanceOfSatisfying(
            LogDamagedException.class, e -> assertThat(e.offset()).isEqualTo(SegmentHeader.BYTES))
        .hasMessageContaining(last.toString());
  }

  @Test
  void anEntryThatRotsWhileTheNodeRunsIsNotServed() throws Exception {
    SimulatedFiles files = new SimulatedFiles();
    NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
    NodeLogConfig noCache = new NodeLogConfig(identity, SEGMENT_BYTES, 1 << 20, 0, 0);
    try (NodeLog log = NodeLog.open(files, DIRECTORY, noCache, e -> {})) {
      GroupLog group = log.create(NodeLogTest.created(1, 1));
      group.append(1, NodeLogTest.entries(1, 0, 1, 300));
      submitAndAwait(log, group);
      assertThat(group.entries(1, 1, 1000, 10)).isEqualTo(NodeLogTest.entries(1, 0, 1, 300));
      Path segment = segments(files).get(0);
      flip(files, segment, SegmentHeader.BYTES + 300);
      assertThatThrownBy(() -> group.entries(1, 1, 1000, 10))
          .isInstanceOfSatisfying(
              LogDamagedException.class, e -> assertThat(e.file()).isEqualTo(segment));
    }
  }

  @Test
  void randomBytesNeitherHangNorFillTheMemory() throws Exception {
    SplittableRandom random = new SplittableRandom(11);
    SimulatedFiles good = written();
    List<Path> segments = segments(good);
    for (int i = 0; i < 2000; i++) {
      SimulatedFiles files = good.copyAsDurable();
      Path segment = segments.get(random.nextInt(segments.size()));
      byte[] bytes = files.bytes(segment);
      int from = random.nextInt(bytes.length);
      int to = Math.min(bytes.length, from + 1 + random.nextInt(200));
      for (int at = random.nextInt(5) == 0 ? 0 : from; at < to; at++) {
        bytes[at] = (byte) random.nextInt();
      }
      if (random.nextInt(4) == 0) {
        files.setBytes(segment, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
      }
      Throwable refused = catchThrowable(() -> recoveredLastIndex(files));
      if (refused != null) {
        assertThat(refused).isInstanceOf(LogDamagedException.class);
      }
    }
  }

  @Test
  void randomRecordsInRightBlocksAreRefusedOrRead() throws Exception {
    SplittableRandom random = new SplittableRandom(12);
    for (int i = 0; i < 2000; i++) {
      SimulatedFiles files = new SimulatedFiles();
      NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
      files.createDirectories(LOG);
      byte[] records = new byte[8 * (1 + random.nextInt(20))];
      random.nextBytes(records);
      records[0] = (byte) new int[] {0, 1, 2, 16, 17, 18, 19, 20}[random.nextInt(8)];
      ByteBuffer body = RecordCodec.littleEndian(records);
      if (random.nextBoolean()) {
        body.putInt(4, random.nextInt(records.length) - 8 + random.nextInt(3));
      }
      Body.Builder builder = new Body.Builder(records.length);
      builder.copied().put(records);
      try (SegmentWriter writer =
          new SegmentWriter(new Segments(files, LOG), identity, SEGMENT_BYTES)) {
        writer.create(1, 0, 0);
        writer.append(builder.build());
        writer.publish();
      }
      identity.close();
      Throwable refused = catchThrowable(() -> openAndClose(files));
      if (refused != null) {
        assertThat(refused).isInstanceOf(LogDamagedException.class);
      }
    }
  }

  @Test
  void aFailedSyncIsFatalOnceAndNothingIsAcknowledgedAfterIt() throws Exception {
    fails(files -> files.failSyncs("Input/output error"), "Input/output error");
  }

  @Test
  void aFullDiskIsFatalAndSaysSo() throws Exception {
    fails(SimulatedFiles::fill, "No space left on device");
  }

  private interface Fault {
    void strike(SimulatedFiles files);
  }

  private static void fails(Fault fault, String message) throws Exception {
    SimulatedFiles files = new SimulatedFiles();
    NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
    AtomicInteger acknowledged = new AtomicInteger();
    List<Throwable> fatal = new ArrayList<>();
    CountDownLatch failed = new CountDownLatch(1);
    try (NodeLog log =
        NodeLog.open(
            files,
            DIRECTORY,
            config(identity),
            e -> {
              fatal.add(e);
              failed.countDown();
            })) {
      GroupLog group = log.create(NodeLogTest.created(1, 1));
      submitAndAwait(log, group);
      fault.strike(files);
      group.stage(new HardState(1, 1, 0));
      log.submit(new Batch(Runnable::run).add(group).onDurable(acknowledged::incrementAndGet));
      assertThat(failed.await(60, TimeUnit.SECONDS)).isTrue();
      group.stage(new HardState(2, 1, 0));
      log.submit(new Batch(Runnable::run).add(group).onDurable(acknowledged::incrementAndGet));
      assertThat(log.syncUnderWayNanos()).isPositive();
    }
    assertThat(acknowledged).hasValue(0);
    assertThat(fatal).hasSize(1);
    assertThat(fatal.get(0)).hasMessageContaining(message);
  }

  /** A log of one entry a batch, each synced alone, that lost its power behind the last one. */
  private SimulatedFiles written() throws Exception {
    SimulatedFiles files = new SimulatedFiles();
    NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
    try (NodeLog log = NodeLog.open(files, DIRECTORY, config(identity), e -> {})) {
      GroupLog group = log.create(NodeLogTest.created(1, 1));
      submitAndAwait(log, group);
      for (int i = 1; i <= BATCHES; i++) {
        blocks.add(endOffset(files));
        group.append(i, NodeLogTest.entries(1, i, 1, 500 + 7 * i));
        submitAndAwait(log, group);
      }
      blocks.add(endOffset(files));
      files.powerOff();
    }
    List<Path> segments = segments(files);
    assertThat(provenEnd())
        .as("the last segment must hold something proven")
        .isGreaterThan(header(files.bytes(segments.get(segments.size() - 1))).baseOffset());
    return files.copyAsDurable();
  }

  /** Where the next block goes, found as recovery would find it. */
  private static long endOffset(SimulatedFiles files) throws IOException {
    List<Path> segments = segments(files);
    Path file = segments.get(segments.size() - 1);
    Segment segment = new Segment(file, header(files.bytes(file)));
    try (BlockReader reader = new BlockReader(files, segment)) {
      long at = segment.header().baseOffset();
      for (BlockHeader block = reader.header(at); block != null; block = reader.header(at)) {
        at = block.endOffset();
      }
      return at;
    }
  }

  /** What the last block says: it was written when all before it was durable. */
  private long provenEnd() {
    return blocks.get(BATCHES - 1);
  }

  /** The place that an error at this position must name: where its block, or the file, starts. */
  private long start(SegmentHeader header, int position) {
    if (position < SegmentHeader.BYTES) {
      return 0;
    }
    long offset = header.baseOffset() + position - SegmentHeader.BYTES;
    long block = header.baseOffset();
    for (long start : blocks) {
      if (start <= offset) {
        block = Math.max(block, start);
      }
    }
    return block - header.baseOffset() + SegmentHeader.BYTES;
  }

  private static LogDamagedException openFlipped(SimulatedFiles files, Path file, int position) {
    SimulatedFiles copy = files.copyAsDurable();
    flip(copy, file, position);
    Throwable thrown = catchThrowable(() -> recoveredLastIndex(copy));
    assertThat(thrown).as("%s at %d", file, position).isInstanceOf(LogDamagedException.class);
    return (LogDamagedException) thrown;
  }

  private static void flip(SimulatedFiles files, Path file, int position) {
    files.bytes(file)[position] ^= (byte) (1 << (position % 8));
  }

  private static void openAndClose(SimulatedFiles files) throws IOException {
    try (NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1)) {
      NodeLog.open(files, DIRECTORY, config(identity), e -> {}).close();
    }
  }

  private static long recoveredLastIndex(SimulatedFiles files) throws IOException {
    try (NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
        NodeLog log = NodeLog.open(files, DIRECTORY, config(identity), e -> {})) {
      List<Recovered.Group> groups = log.recovered().groups();
      return groups.isEmpty() ? 0 : groups.get(0).log().lastIndex();
    }
  }

  private static SegmentHeader header(byte[] bytes) {
    return SegmentHeader.decode(RecordCodec.littleEndian(bytes));
  }

  private static List<Path> segments(SimulatedFiles files) throws IOException {
    return files.copyAsDurable().list(LOG).stream().map(LOG::resolve).toList();
  }

  private static void submitAndAwait(NodeLog log, GroupLog group) throws Exception {
    CountDownLatch durable = new CountDownLatch(1);
    log.submit(new Batch(Runnable::run).add(group).onDurable(durable::countDown));
    assertThat(durable.await(60, TimeUnit.SECONDS)).isTrue();
  }

  private static NodeLogConfig config(NodeIdentity identity) {
    return new NodeLogConfig(identity, SEGMENT_BYTES, 1 << 20, 4096, 4096);
  }
}
