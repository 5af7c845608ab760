package io.multiraft.node.log;

/** The thread that writes a node's log. */
final class LogThread implements LogDrive {
  private final String name;
  private Thread thread;

  LogThread(String name) {
    this.name = name;
  }

  @Override
  public void start(Work work) {
    thread = new Thread(() -> run(work), name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void run(Work work) {
    while (!work.isOver()) {
      work.await();
      work.write();
      work.sync();
    }
  }

  @Override
  public void submitted() {
    // the thread waits for the work itself
  }

  @Override
  public void awaitEnd() {
    boolean interrupted = false;
    while (thread.isAlive() && Thread.currentThread() != thread) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }
}
