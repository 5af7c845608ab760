package io.multiraft.node.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * One write-ahead log for all groups of a node. Event loops append to their {@link GroupLog}s and
 * once a turn submit one {@link Batch} with everything that was staged; one thread writes what
 * waits, syncs once, and completes the batches in order on their executors.
 */
public final class NodeLog implements AutoCloseable {
  static final String DIRECTORY_NAME = "wal";

  private static final long MAX_CHAPTER_BYTES = 1 << 20;

  private final NodeLogConfig config;
  private final Segments segments;
  private final CacheBudget budget;
  private final Recovered recovered;
  private final LogWriter writer;
  private final Purger purger;
  private final FreeSpace space;
  private volatile boolean closed;

  private NodeLog(
      NodeLogConfig config,
      Segments segments,
      CacheBudget budget,
      Recovered recovered,
      LogWriter writer,
      Purger purger,
      FreeSpace space) {
    this.config = config;
    this.segments = segments;
    this.budget = budget;
    this.recovered = recovered;
    this.writer = writer;
    this.purger = purger;
    this.space = space;
  }

  /**
   * Recovers the log in {@code directory} and starts its writer.
   *
   * @param files the file layer
   * @param directory the node's data directory, the one its identity was opened in
   * @param config bounds, and the open identity
   * @param onFatal runs once, on the writer's thread, when a write or sync failed: the process must
   *     end. Nothing completes any more
   * @throws LogDamagedException if something that was durable is not what was written
   * @throws IOException if a file operation failed
   */
  public static NodeLog open(
      FileLayer files, Path directory, NodeLogConfig config, Consumer<Throwable> onFatal)
      throws IOException {
    LogDrive thread = LogDrive.thread("log-writer-" + config.identity().nodeId());
    return open(files, directory, config, thread, onFatal);
  }

  /**
   * Like {@link #open(FileLayer, Path, NodeLogConfig, Consumer)}, with a drive for the writer.
   *
   * @param drive started once the log has been recovered
   */
  public static NodeLog open(
      FileLayer files,
      Path directory,
      NodeLogConfig config,
      LogDrive drive,
      Consumer<Throwable> onFatal)
      throws IOException {
    Path logDirectory = directory.resolve(DIRECTORY_NAME);
    files.createDirectories(logDirectory);
    Segments segments = new Segments(files, logDirectory);
    CacheBudget budget = new CacheBudget(config.nodeCacheBytes());
    Replay replay = new Replay(id -> groupLog(id, config, segments, budget));
    SegmentWriter tail = new SegmentWriter(segments, config.identity(), config.segmentBytes());
    FreeSpace space = new FreeSpace(files, logDirectory, config.reserveBytes());
    try {
      Recovery.run(segments, config.identity(), replay, tail);
      config.identity().noteLog(files, directory);
      space.check();
    } catch (IOException | RuntimeException e) {
      tail.close();
      throw e;
    }
    Recovered recovered = replay.recovered();
    Purger purger = new Purger(segments, replay.state(), config.maxLogBytes());
    long chapterBytes = Math.min(MAX_CHAPTER_BYTES, config.segmentBytes() / 8);
    LogWriter writer =
        new LogWriter(tail, replay.state(), purger, space, chapterBytes, drive, onFatal);
    NodeLog log = new NodeLog(config, segments, budget, recovered, writer, purger, space);
    drive.start(writer);
    return log;
  }

  /**
   * Who is told of groups because of which the log is larger than it should be. Called by the
   * drive, so it must hand on and not wait. Set before anything is submitted.
   */
  public void onHeldBack(Consumer<HeldBack> listener) {
    purger.onHeldBack(listener);
  }

  /**
   * Whether so little space is left that no more proposals should be taken; what is needed to get
   * out of that still works. Any thread, never blocks.
   */
  public boolean noSpace() {
    return space.isShort();
  }

  /**
   * Asks the file system how much space is left; to be called now and then, since others use it up
   * and free it, too. Any thread.
   */
  public boolean checkSpace() {
    try {
      return space.check();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot see how much space is free", e);
    }
  }

  /** What the log knew when it was opened. */
  public Recovered recovered() {
    return recovered;
  }

  /**
   * Makes the log of a new member and stages its creation: the batch that first takes something of
   * this log makes the member durable. Any thread; the log then belongs to the group's loop.
   */
  public GroupLog create(MetaRecord.GroupCreated creation) {
    GroupLog log = groupLog(creation.groupId(), config, segments, budget);
    log.stageCreation(creation);
    return log;
  }

  /**
   * Hands a batch over. Any thread, never blocks. After a fatal failure batches are dropped
   * silently: the process is about to end.
   *
   * @throws IllegalStateException after {@link #close}
   */
  public void submit(Batch batch) {
    if (closed) {
      throw new IllegalStateException("the log is closed");
    }
    Body body = batch.encode();
    if (!writer.failed()) {
      writer.submit(batch, body);
    }
  }

  /** Whether so much waits that no more proposals should be taken. Any thread, never blocks. */
  public boolean overloaded() {
    return writer.pendingBytes() >= config.maxPendingBytes();
  }

  /** Bytes handed over and not yet durable. */
  public long pendingBytes() {
    return writer.pendingBytes();
  }

  /**
   * For how long the write and sync now under way has been running, so that a hung disk can be
   * seen; 0 when there is none.
   */
  public long syncUnderWayNanos() {
    return writer.underWayNanos();
  }

  /** Counters since the log was opened. */
  public LogMetrics metrics() {
    LogWriter.Counters counters = writer.counters();
    return new LogMetrics(
        counters.syncs(),
        counters.batches(),
        counters.bytes(),
        segments.count(),
        writer.pendingBytes(),
        counters.lastSyncNanos());
  }

  /** Writes and syncs what waits, notes the clean end, and stops. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      writer.stop();
    }
  }

  private static GroupLog groupLog(
      int groupId, NodeLogConfig config, Segments segments, CacheBudget budget) {
    EntryCache cache = new EntryCache(config.groupCacheBytes(), budget);
    budget.register(cache);
    return new GroupLog(groupId, segments, cache);
  }
}
