package io.multiraft.node.simulation;

import io.multiraft.node.group.Workers;
import java.util.concurrent.Executor;

/** Runs what a node hands to its workers some time later, in any order. */
final class SimulatedWorkers implements Workers {
  private static final long APPLY_NANOS = 300 * World.MICRO;
  private static final long LONG_TASK_NANOS = 20 * World.MILLI;

  private final World world;
  private final Runnable afterTask;
  private boolean ended;

  /**
   * @param afterTask runs after each
   */
  SimulatedWorkers(World world, Runnable afterTask) {
    this.world = world;
    this.afterTask = afterTask;
  }

  /** The process is gone. */
  void end() {
    ended = true;
  }

  private void later(long atMostNanos, Runnable task) {
    world.after(
        1 + world.skewed(atMostNanos),
        () -> {
          if (!ended) {
            task.run();
            afterTask.run();
          }
        });
  }

  @Override
  public Executor apply() {
    return task -> later(APPLY_NANOS, task);
  }

  @Override
  public Executor longTasks() {
    return task -> later(LONG_TASK_NANOS, task);
  }

  @Override
  public void watch(long nowNanos) {
    // nothing is ever stuck here
  }

  @Override
  public void close() {
    // what was handed over still runs
  }
}
