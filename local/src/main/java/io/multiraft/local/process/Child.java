package io.multiraft.local.process;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A process that {@link Children} started.
 *
 * @param logFile what it prints, both streams
 */
public record Child(String name, Process process, Path logFile) {
  /** The process id, which stays the same for the whole life of the child. */
  public long pid() {
    return process.pid();
  }

  /** Whether it still runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Asks it to end (SIGTERM) and forces it (SIGKILL) when it has not within the given time. Returns
   * when it is gone; interrupted, it forces at once.
   */
  public void stop(long graceMillis) {
    process.destroy();
    try {
      if (process.waitFor(graceMillis, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    process
        .onExit()
        .orTimeout(KILL_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .exceptionally(e -> process)
        .join();
  }

  private static final long KILL_TIMEOUT_SECONDS = 10;
}
