package io.multiraft.node.group;

import java.util.concurrent.Executor;

/**
 * Where the groups of a node do what must not be done on an event loop. {@link WorkerThreads} are
 * the real ones; a simulation decides itself when what was handed over runs.
 */
public interface Workers extends AutoCloseable {
  /** Runs state machines: many tasks, each short unless a machine is slow. */
  Executor apply();

  /** Writes, reads and restores snapshots, which keeps a thread for long. */
  Executor longTasks();

  /** Called every second: workers that are stuck are replaced. */
  void watch(long nowNanos);

  /** Takes nothing more. */
  @Override
  void close();
}
