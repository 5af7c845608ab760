package io.multiraft.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * What a group replicates: a deterministic machine that turns committed commands into results.
 *
 * <p>Two members that apply the same entries in the same order must end in the same state and give
 * the same results; nothing may come from a clock, a random source or an unordered collection.
 *
 * <p><b>Threads.</b> {@link #apply}, {@link #snapshot}, {@link #restore} and {@link #close} are
 * called off the event loops and by one thread at a time for each machine, with a happens-before
 * edge from one call to the next. Only the methods of a {@link Snapshot} run beside them, on
 * another thread. What reads a machine while it applies, as a client service does, is the machine's
 * own affair.
 *
 * <p><b>Failure.</b> A throw of any of them ends the machine: it is closed and never used again.
 * The group makes a new one, restores it from its newest snapshot and applies the log behind it;
 * when the same happens again and again the member is failed and says why.
 */
public interface StateMachine extends AutoCloseable {
  /**
   * The state as it was at one moment, until it is closed. Used by one thread at a time, which is
   * not the one that applies; the machine may apply further batches, take further snapshots, be
   * restored and be closed meanwhile.
   */
  interface Snapshot extends AutoCloseable {
    /**
     * Writes the whole state, beginning with a format number of the machine's own. Equal states
     * must give equal bytes, so that replicas can be compared. Called any number of times; must not
     * close the stream.
     *
     * @throws IOException as the stream throws it
     */
    void writeTo(OutputStream out) throws IOException;

    /** Lets go of what was kept for this snapshot; called exactly once. */
    @Override
    void close();
  }

  /**
   * Applies entries in the order of their indices.
   *
   * @param batch committed entries with rising indices, never empty
   * @return one result for each entry: result {@code i} answers entry {@code i}; never null and no
   *     null inside
   */
  List<byte[]> apply(List<CommittedEntry> batch);

  /**
   * Keeps hold of the state as the last batch left it. Nothing is applied until this returns, so it
   * must be quick: copy-on-write or references, not bytes.
   */
  Snapshot snapshot();

  /**
   * Replaces the whole state by one that {@link Snapshot#writeTo} wrote, on this member or another.
   * Readers see the state before or the state after, nothing between.
   *
   * @param in what was written, its checksums already verified; ends where that ended, is not to be
   *     closed here
   * @throws IOException if this is not what {@code writeTo} writes, or as the stream throws it
   */
  void restore(InputStream in) throws IOException;

  /** Frees what the machine holds; no other call follows. */
  @Override
  void close();
}
