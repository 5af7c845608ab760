package io.multiraft.node.group;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Threads that apply, of which stuck ones are replaced, and a few for long tasks. */
public final class WorkerThreads implements Workers {
  private static final int MAX_STUCK_WORKERS = 16;
  private static final int LONG_TASK_THREADS = 2;

  private final ApplyPool applyPool;
  private final ExecutorService longTasks =
      Executors.newFixedThreadPool(LONG_TASK_THREADS, new DefaultThreadFactory("snapshots", true));
  private final Consumer<Throwable> onFatal;

  /**
   * Starts the threads.
   *
   * @param applyThreads how many apply while none is stuck
   * @param onFatal told of an error of the virtual machine: nothing can be trusted any more
   */
  public WorkerThreads(int applyThreads, Consumer<Throwable> onFatal) {
    this.applyPool =
        new ApplyPool(applyThreads, MAX_STUCK_WORKERS, GroupHost.STUCK_APPLY_NANOS, onFatal);
    this.onFatal = onFatal;
  }

  @Override
  public Executor apply() {
    return applyPool;
  }

  @Override
  public Executor longTasks() {
    return task -> longTasks.execute(() -> runOrDie(task));
  }

  private void runOrDie(Runnable task) {
    try {
      task.run();
    } catch (Throwable t) {
      onFatal.accept(t);
    }
  }

  @Override
  public void watch(long nowNanos) {
    applyPool.replaceStuck(nowNanos);
  }

  @Override
  public void close() {
    applyPool.close();
    longTasks.shutdown();
  }
}
