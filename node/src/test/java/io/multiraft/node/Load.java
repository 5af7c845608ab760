package io.multiraft.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Writes one command after the other until it is told to stop, whatever happens meanwhile, and
 * remembers what was acknowledged. A write of unknown outcome is never made again.
 */
final class Load implements AutoCloseable {
  private final Supplier<RaftServer> server;
  private final List<String> acknowledged = new ArrayList<>();
  private final Thread thread = new Thread(this::run, "load");
  private volatile boolean stopping;
  private volatile Throwable broken;

  /**
   * @param server whom to ask next
   */
  Load(Supplier<RaftServer> server) {
    this.server = server;
    thread.start();
  }

  private void run() {
    try {
      for (int i = 0; !stopping; i++) {
        String command = "load-" + i;
        try {
          server.get().append(command.getBytes(UTF_8)).get(60, TimeUnit.SECONDS);
          synchronized (this) {
            acknowledged.add(command);
          }
        } catch (ExecutionException e) {
          if (!(e.getCause() instanceof RaftException)) {
            throw e;
          }
        }
      }
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      broken = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  synchronized int count() {
    return acknowledged.size();
  }

  /** Stops and tells what was acknowledged, in order. */
  List<String> stop() throws InterruptedException {
    stopping = true;
    thread.join();
    if (broken != null) {
      throw new AssertionError("the load broke off", broken);
    }
    return List.copyOf(acknowledged);
  }

  @Override
  public void close() {
    stopping = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
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
}
