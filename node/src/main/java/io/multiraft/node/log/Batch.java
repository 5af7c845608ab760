package io.multiraft.node.log;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * What one event loop hands over in one turn: everything that its groups staged, and meta records.
 * After a crash all of it is there or nothing. Filled by one thread, submitted once.
 */
public final class Batch {
  private final Executor executor;
  private final List<Staged> staged = new ArrayList<>();
  private final List<Runnable> callbacks = new ArrayList<>(1);
  private int[] bodyOffsets = {};

  /**
   * @param executor where it completes: the event loop that owns the groups in it
   */
  public Batch(Executor executor) {
    this.executor = executor;
  }

  /** Takes everything that the group has staged. */
  public Batch add(GroupLog log) {
    log.moveStagedTo(staged);
    return this;
  }

  /** Adds a meta record, behind what was added before. */
  public Batch add(MetaRecord meta) {
    staged.add(Staged.Meta.of(meta));
    return this;
  }

  /** Runs on the batch's executor when everything in the batch, and in all before, is durable. */
  public Batch onDurable(Runnable callback) {
    callbacks.add(callback);
    return this;
  }

  /** Whether there is nothing to write. */
  public boolean isEmpty() {
    return staged.isEmpty();
  }

  Executor executor() {
    return executor;
  }

  /** Adds what the log notes on its own behalf. */
  Batch addAll(List<? extends Staged> pieces) {
    staged.addAll(pieces);
    return this;
  }

  /** Whether something in it was there before. */
  boolean rewrites() {
    for (Staged piece : staged) {
      if (piece instanceof Staged.Entries entries && entries.wholeTail()) {
        return true;
      }
    }
    return false;
  }

  List<Staged> staged() {
    return staged;
  }

  /** Where a piece starts in the body, once that is encoded. */
  int bodyOffset(int piece) {
    return bodyOffsets[piece];
  }

  /** Encodes the records; the cost is paid by the submitting thread. */
  Body encode() {
    long recordBytes = 0;
    long copiedBytes = 0;
    for (Staged piece : staged) {
      recordBytes += piece.recordBytes();
      copiedBytes += piece.copiedBytes();
    }
    int padding = Body.padded(recordBytes) - (int) recordBytes;
    Body.Builder body = new Body.Builder((int) copiedBytes + padding);
    bodyOffsets = new int[staged.size()];
    for (int i = 0; i < bodyOffsets.length; i++) {
      bodyOffsets[i] = body.length();
      staged.get(i).encode(body);
    }
    return body.build();
  }

  /** Tells the groups where their entries are, then runs the callbacks. On the executor. */
  void complete(long bodyLogOffset) {
    for (int i = 0; i < bodyOffsets.length; i++) {
      if (staged.get(i) instanceof Staged.Entries entries) {
        entries.log().placed(entries, bodyLogOffset + bodyOffsets[i]);
      }
    }
    callbacks.forEach(Runnable::run);
  }
}
