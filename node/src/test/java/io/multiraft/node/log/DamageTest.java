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
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Damage below what was durable is named and fails groups; a torn end is cut (node rule 12). */
class DamageTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path LOG = DIRECTORY.resolve("wal");
  private static final int SEGMENT_BYTES = 4096;
  private static final int BATCHES = 40;

  private static final int GROUPS = 4;

  private static final int REMOVED = 9;
  private static final int STRIDE = 9;

  private final Map<Integer, GroupLog> logs = new TreeMap<>();

  /** Where the last batch's block starts. */
  private long lastBlock;

  /**
   * Each header, and every {@value #STRIDE}th byte elsewhere: each group is what it was, or has
   * failed and names the place. Groups that have nothing near the place go on. Where nobody knows
   * whom it concerns the node does not start.
   */
  @Test
  void aFlippedByteBelowTheProvenEndFailsNobodyButWhomItMayConcern() throws Exception {
    SimulatedFiles files = written();
    List<Path> segments = segments(files);
    assertThat(segments.size()).isGreaterThan(3);
    int refused = 0;
    int bystanders = 0;
    int failed = 0;
    for (int i = 0; i < segments.size(); i++) {
      Path segment = segments.get(i);
      SegmentHeader header = header(files.bytes(segment));
      boolean last = i == segments.size() - 1;
      long end = last ? provenEnd() : header(files.bytes(segments.get(i + 1))).baseOffset();
      int endPosition = (int) (end - header.baseOffset()) + SegmentHeader.BYTES;
      for (int position = 0; position < endPosition; position += position < 110 ? 1 : STRIDE) {
        SimulatedFiles copy = files.copyAsDurable();
        flip(copy, segment, position);
        String place = segment + " at offset " + start(files, segment, position) + ": ";
        try {
          Map<Integer, String> reasons = recover(copy);
          reasons.values().forEach(why -> assertThat(why).contains(place));
          bystanders += reasons.size() < GROUPS ? 1 : 0;
          failed += reasons.size();
          if (position % 20 == 0) {
            assertThat(recover(copy)).as("the next start").isEqualTo(reasons);
          }
        } catch (LogDamagedException e) {
          assertThat(e.getMessage()).contains(place);
          assertThat(last).as("only what no chapter covers is refused: %s", place).isTrue();
          refused++;
        }
      }
    }
    assertThat(refused).isBetween(1, SEGMENT_BYTES);
    assertThat(bystanders).isGreaterThan(3 * SEGMENT_BYTES / STRIDE);
    assertThat(failed).isGreaterThan(3 * SEGMENT_BYTES / STRIDE);
  }

  /** Opens the log; every group must be as it was written, or failed; returns who and why. */
  private static Map<Integer, String> recover(SimulatedFiles files) throws IOException {
    try (NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
        NodeLog log =
            NodeLog.open(files, DIRECTORY, config(identity), new SteppedDrive(), e -> {})) {
      Recovered recovered = log.recovered();
      Map<Integer, String> reasons = new TreeMap<>();
      recovered.failedGroups().forEach((id, why) -> reasons.put(id, why.why()));
      for (Recovered.Group group : recovered.groups()) {
        int id = group.log().groupId();
        assertThat(reasons).doesNotContainKey(id);
        long last = group.log().lastIndex();
        assertThat(last).as("group %d", id).isEqualTo(lastIndex(id));
        assertThat(group.log().entries(1, last, Long.MAX_VALUE, 1).get(0).term()).isEqualTo(1);
        assertThat(group.hardState()).isEqualTo(new HardState(1, id, 1));
        reasons.remove(id);
      }
      for (int id = 1; id <= GROUPS; id++) {
        boolean lives =
            log.recovered().groups().stream().map(g -> g.log().groupId()).toList().contains(id);
        assertThat(lives || reasons.containsKey(id)).as("group %d is not forgotten", id).isTrue();
      }
      assertThat(recovered.removedGroups().contains(REMOVED) || reasons.containsKey(REMOVED))
          .as("what was removed is not forgotten")
          .isTrue();
      return reasons;
    }
  }

  @Test
  void aFlippedByteInTheTornEndCutsTheLastBatchOnly() throws Exception {
    SimulatedFiles files = written();
    List<Path> segments = segments(files);
    Path last = segments.get(segments.size() - 1);
    byte[] good = files.bytes(last);
    SegmentHeader header = header(good);
    int from = (int) (provenEnd() - header.baseOffset()) + SegmentHeader.BYTES;
    int to =
        from
            + BlockHeader.BYTES
            + BlockHeader.read(RecordCodec.littleEndian(good), from, provenEnd(), header.identity())
                .bodyLength();
    for (int position = from; position < to; position++) {
      SimulatedFiles copy = files.copyAsDurable();
      flip(copy, last, position);
      assertThat(recoveredLastIndex(copy)).isEqualTo(lastIndex(GROUPS) - 1);
    }
    for (int position = to; position < good.length; position += 7) {
      SimulatedFiles copy = files.copyAsDurable();
      flip(copy, last, position);
      assertThat(recoveredLastIndex(copy)).isEqualTo(lastIndex(GROUPS));
    }
  }

  @Test
  void aZeroedPageBelowTheProvenEndIsNotTakenForTheEnd() throws Exception {
    SimulatedFiles files = written();
    List<Path> segments = segments(files);
    Path last = segments.get(segments.size() - 1);
    byte[] bytes = files.bytes(last);
    int position = (int) start(files, last, SegmentHeader.BYTES + 200);
    Arrays.fill(bytes, position, position + BlockHeader.BYTES, (byte) 0);
    try {
      assertThat(recover(files).values())
          .isNotEmpty()
          .allSatisfy(why -> assertThat(why).contains(last + " at offset " + position));
    } catch (LogDamagedException e) {
      assertThat(e.getMessage()).contains(last + " at offset " + position);
    }
  }

  @Test
  void anEntryThatRotsWhileTheNodeRunsIsNotServed() throws Exception {
    SimulatedFiles files = new SimulatedFiles();
    NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
    NodeLogConfig noCache = new NodeLogConfig(identity, SEGMENT_BYTES, 1 << 20, 0, 0, 1 << 20, 0);
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

  /**
   * A log of one entry a batch, each synced alone, that lost its power behind the last one. First
   * come only entries of group 1, then only of group 2, and so on.
   */
  private SimulatedFiles written() throws Exception {
    SimulatedFiles files = new SimulatedFiles();
    NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
    SteppedDrive drive = new SteppedDrive();
    try (NodeLog log = NodeLog.open(files, DIRECTORY, config(identity), drive, e -> {})) {
      GroupLog gone = log.create(NodeLogTest.created(REMOVED, 1));
      log.submit(new Batch(Runnable::run).add(gone).add(new MetaRecord.GroupRemoved(REMOVED, "")));
      for (int i = 1; i <= BATCHES; i++) {
        int id = group(i);
        if (logs.get(id) == null) {
          logs.put(id, log.create(NodeLogTest.created(id, 1)));
        }
        GroupLog group = logs.get(id);
        group.append(group.lastIndex() + 1, NodeLogTest.entries(1, i, 1, 300 + 7 * i));
        if (group.lastIndex() == 1) {
          group.stage(new HardState(1, id, 1));
        }
        lastBlock = endOffset(files);
        log.submit(new Batch(Runnable::run).add(group));
        drive.step();
      }
      while (drive.step()) {
        continue;
      }
      files.powerOff();
    }
    List<Path> segments = segments(files);
    assertThat(provenEnd())
        .as("the last segment must hold something proven")
        .isGreaterThan(header(files.bytes(segments.get(segments.size() - 1))).baseOffset());
    return files.copyAsDurable();
  }

  private static int group(int batch) {
    return 1 + (batch - 1) * GROUPS / BATCHES;
  }

  private static long lastIndex(int groupId) {
    return IntStream.rangeClosed(1, BATCHES).filter(batch -> group(batch) == groupId).count();
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
    return lastBlock;
  }

  /** The place that an error at this position must name: where its block, or the file, starts. */
  private static long start(SimulatedFiles good, Path file, int position) throws IOException {
    if (position < SegmentHeader.BYTES) {
      return 0;
    }
    Segment segment = new Segment(file, header(good.bytes(file)));
    try (BlockReader reader = new BlockReader(good, segment)) {
      long at = segment.header().baseOffset();
      while (segment.filePosition(reader.header(at).endOffset()) <= position) {
        at = reader.header(at).endOffset();
      }
      return segment.filePosition(at);
    }
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
      return groups.isEmpty() ? 0 : groups.get(groups.size() - 1).log().lastIndex();
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
    return new NodeLogConfig(identity, SEGMENT_BYTES, 1 << 20, 4096, 4096, 1 << 20, 0);
  }
}
