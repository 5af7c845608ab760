package io.multiraft.node.log;

/**
 * Moves the log's writer on: in a node a thread of its own, in a simulation whoever decides when
 * each step happens. One log is driven by one drive.
 */
public interface LogDrive {
  /**
   * What the writer does over and over, in this order, by one thread at a time. A step of a writer
   * that is over does nothing; none throws.
   */
  interface Work {
    /** Blocks until something waits to be written. */
    void await();

    /** Writes everything that waits. */
    void write();

    /** Makes durable what was written, and completes it. */
    void sync();

    /** Whether the writer was stopped or has failed. */
    boolean isOver();
  }

  /** Begins to do the work, until it is over. */
  void start(Work work);

  /** Something waits to be written. Any thread. */
  void submitted();

  /** Blocks until the work, which was told to stop, is over. */
  void awaitEnd();

  /** The clock that tells how long a step takes, as {@link System#nanoTime()}. Any thread. */
  long nanoTime();

  /** A thread of its own, on the system's clock. */
  static LogDrive thread(String name) {
    return new LogThread(name);
  }
}
