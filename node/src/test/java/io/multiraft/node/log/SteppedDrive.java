package io.multiraft.node.log;

/** Drives a log when the test says so. */
final class SteppedDrive implements LogDrive {
  private Work work;
  private boolean submitted;

  @Override
  public void start(Work started) {
    work = started;
    submitted = true; // the log may have something to do of its own
  }

  @Override
  public void submitted() {
    submitted = true;
  }

  /** Writes and syncs once if there may be something for it; whether there was. */
  boolean step() {
    if (!submitted || work.isOver()) {
      return false;
    }
    submitted = false;
    work.write();
    work.sync();
    return true;
  }

  @Override
  public void awaitEnd() {
    while (step()) {
      continue;
    }
  }

  @Override
  public long nanoTime() {
    return 0;
  }
}
