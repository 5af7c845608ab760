package io.multiraft.node.group;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that run state machines. One that is kept too long by one task is replaced, so that
 * other groups go on; when its task ends after all, the thread ends too. The number of replacements
 * is bounded: beyond it tasks wait, and groups whose tasks wait too long refuse work. Each group
 * has one task here at a time, so the queue is bounded by the number of groups. Thread-safe.
 */
final class ApplyPool implements Executor, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyPool.class);
  private static final Runnable END = () -> {};

  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final Set<Worker> workers = new LinkedHashSet<>();
  private final int maxReplacements;
  private final long stuckNanos;
  private final Consumer<Throwable> onFatal;
  private int started;
  private int replaced;
  private boolean closed;

  /**
   * @param threads how many run while none is stuck
   * @param maxReplacements how many more there may be for those that are
   * @param stuckNanos a task that takes longer than this counts as stuck
   * @param onFatal takes what a task lets through: the process must end
   */
  ApplyPool(int threads, int maxReplacements, long stuckNanos, Consumer<Throwable> onFatal) {
    this.maxReplacements = maxReplacements;
    this.stuckNanos = stuckNanos;
    this.onFatal = onFatal;
    for (int i = 0; i < threads; i++) {
      startWorker();
    }
  }

  private synchronized void startWorker() {
    Worker worker = new Worker();
    workers.add(worker);
    Thread thread = new Thread(worker, "apply-" + ++started);
    thread.setDaemon(true); // a state machine that never returns must not keep the process
    thread.start();
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  /** Replaces workers that are stuck; to be called now and then. */
  synchronized void replaceStuck(long nowNanos) {
    if (closed) {
      return;
    }
    for (Worker worker : Set.copyOf(workers)) {
      long since = worker.taskSinceNanos;
      if (since != 0 && nowNanos - since > stuckNanos && replaced < maxReplacements) {
        workers.remove(worker);
        replaced++;
        LOG.warn("A state machine has kept a worker for {} ms", (nowNanos - since) / 1_000_000);
        startWorker();
      }
    }
  }

  /** How many workers are stuck in a task and have been replaced. */
  synchronized int replacedWorkers() {
    return replaced;
  }

  /** Ends the workers once they have done what waits; those that are stuck are left behind. */
  @Override
  public synchronized void close() {
    closed = true;
    workers.forEach(worker -> tasks.add(END));
  }

  /** Whether this worker goes on; one that was replaced does not. */
  private synchronized boolean goesOn(Worker worker) {
    if (workers.contains(worker)) {
      return true;
    }
    replaced--;
    return false;
  }

  private final class Worker implements Runnable {
    private volatile long taskSinceNanos;

    @Override
    public void run() {
      try {
        do {
          Runnable task = tasks.take();
          if (task == END) {
            return;
          }
          taskSinceNanos = System.nanoTime();
          task.run();
          taskSinceNanos = 0;
        } while (goesOn(this));
      } catch (Throwable t) {
        onFatal.accept(t);
      }
    }
  }
}
