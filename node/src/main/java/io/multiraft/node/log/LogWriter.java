package io.multiraft.node.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The one that writes: takes everything that waits, writes it, syncs once, completes it in order,
 * and again. What arrives during a sync shares the next one; no timer delays anything. A failure
 * ends it for good: what a failed sync left on the disk is not known, and trying again would report
 * success for data that the system has dropped.
 */
final class LogWriter implements LogDrive.Work {
  private static final Work STOP = new Work(new Batch(Runnable::run), Body.EMPTY);

  private final SegmentWriter segments;
  private final LiveState state;
  private final Purger purger;
  private final FreeSpace space;
  private final long chapterBytes;
  private final Consumer<Throwable> onFatal;
  private final BlockingQueue<Work> waiting = new LinkedBlockingQueue<>();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final LogDrive drive;
  private final List<Work> round = new ArrayList<>();
  private final List<Placed> unsynced = new ArrayList<>();
  private boolean appended;
  private boolean begun;
  private boolean stopping;

  private volatile boolean failed;
  private volatile boolean over;
  private volatile long workStartNanos;
  private volatile boolean working;
  private volatile Counters counters = new Counters(0, 0, 0, 0);

  private record Work(Batch batch, Body body) {}

  private record Placed(Work work, long bodyLogOffset) {}

  /** Counters so far, replaced as a whole by the writer thread. */
  record Counters(long syncs, long batches, long bytes, long lastSyncNanos) {}

  LogWriter(
      SegmentWriter segments,
      LiveState state,
      Purger purger,
      FreeSpace space,
      long chapterBytes,
      LogDrive drive,
      Consumer<Throwable> onFatal) {
    this.segments = segments;
    this.state = state;
    this.purger = purger;
    this.space = space;
    this.chapterBytes = chapterBytes;
    this.drive = drive;
    this.onFatal = onFatal;
  }

  void submit(Batch batch, Body body) {
    pendingBytes.addAndGet(body.length());
    waiting.add(new Work(batch, body));
    drive.submitted();
  }

  long pendingBytes() {
    return pendingBytes.get();
  }

  Counters counters() {
    return counters;
  }

  /** For how long the write and sync now under way has been running, 0 when none is. */
  long underWayNanos() {
    long startNanos = workStartNanos;
    return working ? Math.max(0, drive.nanoTime() - startNanos) : 0;
  }

  /** Writes what waits and ends; the end of the log is then proven to be durable. */
  void stop() {
    waiting.add(STOP);
    drive.submitted();
    drive.awaitEnd();
  }

  @Override
  public void await() {
    step(
        () -> {
          if (!purger.hasWork()) {
            round.add(waiting.take());
          }
        });
  }

  @Override
  public void write() {
    step(
        () -> {
          waiting.drainTo(round);
          workStartNanos = drive.nanoTime();
          working = true;
          for (Work work : round) {
            write(work);
          }
          round.clear();
          List<Staged> again = stopping ? List.of() : purger.slice();
          if (!again.isEmpty()) {
            append(note(again));
          }
        });
  }

  @Override
  public void sync() {
    step(
        () -> {
          syncAndComplete();
          if (stopping) {
            end();
          } else {
            purger.afterSync();
            if (purger.hasWork()) {
              drive.submitted();
            }
          }
          working = false;
        });
  }

  @Override
  public boolean isOver() {
    return over;
  }

  private interface Step {
    void run() throws Exception;
  }

  private void step(Step step) {
    if (over) {
      return;
    }
    try {
      step.run();
    } catch (Throwable e) {
      failed = true;
      over = true;
      closeAfter(e);
      String why =
          "the log cannot be written, and what of the last batches is on disk is unknown: ";
      onFatal.accept(new IOException(why + e.getMessage(), e));
    }
  }

  private void closeAfter(Throwable failure) {
    try {
      segments.close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Whether the log was writing, failed, and takes nothing more. */
  boolean failed() {
    return failed;
  }

  private void write(Work work) throws IOException {
    if (work == STOP) {
      stopping = true;
    } else if (!stopping) { // what comes behind the stop is not written
      if (!begun) {
        begun = true;
        tellWhoIsInTheSegmentBefore();
      }
      if (!segments.fits(work.body())) {
        syncAndComplete();
        roll();
      }
      unsynced.add(new Placed(work, append(work)));
      if (!work.batch().rewrites()) {
        purger.writtenNew(work.body().length());
      }
      if (segments.endOffset() - state.chapterFromOffset() >= chapterBytes) {
        append(note(List.of(Staged.State.of(state.chapter()))));
      }
    }
  }

  /** Recovery began a segment without this; starts at which nobody writes are to leave nothing. */
  private void tellWhoIsInTheSegmentBefore() throws IOException {
    Optional<Long> before = state.baseBeforeNewest();
    if (before.isPresent()) {
      append(note(List.of(Staged.State.of(state.segmentChapter(before.get())))));
      state.completed(before.get());
    }
  }

  private void roll() throws IOException {
    long fullBase = segments.segment().header().baseOffset();
    segments.fillsAhead(!space.isShort());
    segments.roll();
    state.segment(segments.segment().header().baseOffset());
    append(note(List.of(Staged.State.of(state.segmentChapter(fullBase)))));
    state.completed(fullBase);
    purger.rolled(segments.segment());
  }

  /** The last block proves that all before it is durable. */
  private void end() throws IOException {
    boolean toldAll = state.chapterIsEmpty();
    append(toldAll ? STOP : note(List.of(Staged.State.of(state.chapter()))));
    segments.sync();
    segments.close();
    over = true;
  }

  /** Something that the log notes on its own behalf, for which nobody waits. */
  private static Work note(List<Staged> records) {
    Batch batch = new Batch(Runnable::run).addAll(records);
    return new Work(batch, batch.encode());
  }

  private long append(Work work) throws IOException {
    long bodyOffset = segments.append(work.body());
    List<Staged> pieces = work.batch().staged();
    for (int i = 0; i < pieces.size(); i++) {
      Staged piece = pieces.get(i);
      state.written(piece, bodyOffset - BlockHeader.BYTES, bodyOffset + work.batch().bodyOffset(i));
      if (piece.frees()) {
        purger.maybeFreed();
      }
    }
    appended = true;
    return bodyOffset;
  }

  private void syncAndComplete() throws IOException {
    if (!appended) {
      return;
    }
    segments.sync();
    appended = false;
    long bytes = 0;
    Map<Executor, List<Placed>> byExecutor = new LinkedHashMap<>();
    for (Placed placed : unsynced) {
      bytes += BlockHeader.BYTES + placed.work().body().length();
      pendingBytes.addAndGet(-placed.work().body().length());
      byExecutor
          .computeIfAbsent(placed.work().batch().executor(), executor -> new ArrayList<>())
          .add(placed);
    }
    Counters last = counters;
    counters =
        new Counters(
            last.syncs() + 1,
            last.batches() + unsynced.size(),
            last.bytes() + bytes,
            drive.nanoTime() - workStartNanos);
    unsynced.clear();
    space.written(bytes);
    byExecutor.forEach(LogWriter::complete);
  }

  private static void complete(Executor executor, List<Placed> batches) {
    try {
      executor.execute(
          () -> batches.forEach(placed -> placed.work().batch().complete(placed.bodyLogOffset())));
    } catch (RejectedExecutionException e) {
      // The loop has ended and its groups with it: durable, but there is nobody to tell.
      return;
    }
  }
}
