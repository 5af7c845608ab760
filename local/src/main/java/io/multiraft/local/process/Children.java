package io.multiraft.local.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Starts child processes and sees to it that none outlives this process: {@link #close} ends them
 * in order, a watchdog (a shell script on a pipe) ends them when this process is killed, and the
 * next start over the same directory ends what even that has missed. Thread-safe.
 */
public final class Children implements AutoCloseable {
  private static final String WATCHDOG = "watchdog.sh";

  /**
   * Ctrl-C reaches the whole foreground group. Children ignore it, so that it is this process that
   * ends them, in order.
   */
  private static final List<String> IGNORING_INTERRUPTS =
      List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh");

  private static final long CLOSE_GRACE_MILLIS = 5_000;

  private final PidFile pidFile;
  private final Path watchdogLog;
  private final Map<Long, Child> alive = new ConcurrentHashMap<>();
  private final List<String> ended;
  private final Process watchdog;
  private boolean closed;

  /**
   * @param directory where the process ids are kept; one user at a time, which the caller makes
   *     sure of
   */
  public Children(Path directory) {
    try {
      Files.createDirectories(directory);
      this.pidFile = new PidFile(directory.resolve("children.pid"));
      this.watchdogLog = directory.resolve("watchdog.log");
      this.ended = pidFile.endLeftovers();
      this.watchdog = startWatchdog(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start child processes", e);
    }
  }

  private Process startWatchdog(Path directory) throws IOException {
    Path script = directory.resolve(WATCHDOG);
    try (InputStream source = Children.class.getResourceAsStream(WATCHDOG)) {
      Files.write(script, source.readAllBytes());
    }
    return new ProcessBuilder("/bin/sh", script.toString())
        .redirectErrorStream(true)
        .redirectOutput(watchdogLog.toFile())
        .start();
  }

  /** Names of the processes of an earlier run that were found and ended at construction. */
  public List<String> endedLeftovers() {
    return ended;
  }

  /**
   * Starts a process.
   *
   * @param environment the whole environment of the process
   * @param logFile gets both streams, appended
   * @throws IOException also when this is closed already
   */
  public synchronized Child start(
      String name, List<String> command, Map<String, String> environment, Path logFile)
      throws IOException {
    if (closed) {
      throw new IOException(name + " is not started any more: everything is being ended");
    }
    Files.createDirectories(logFile.getParent());
    List<String> wrapped = new ArrayList<>(IGNORING_INTERRUPTS);
    wrapped.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(wrapped)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    Child child = new Child(name, process, logFile);
    pidFile.add(process, name);
    tellWatchdog("add", process.pid());
    alive.put(process.pid(), child);
    process.onExit().thenAccept(this::exited);
    return child;
  }

  private void exited(Process process) {
    if (alive.remove(process.pid()) != null) {
      tellWatchdog("remove", process.pid());
      pidFile.remove(process.pid());
    }
  }

  private void tellWatchdog(String verb, long pid) {
    synchronized (watchdog) {
      try {
        OutputStream out = watchdog.getOutputStream();
        out.write((verb + " " + pid + "\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
      } catch (IOException e) {
        // Without the watchdog the pid file still ends leftovers at the next start.
      }
    }
  }

  /**
   * Ends every child that is still there, all at once, then the watchdog; returns when all are
   * gone.
   */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    List<Child> left = List.copyOf(alive.values());
    left.forEach(child -> child.process().destroy());
    left.forEach(child -> child.stop(CLOSE_GRACE_MILLIS));
    endWatchdog();
  }

  /** It ends by itself when its input does: at once, since no child is left for it to end. */
  private void endWatchdog() {
    try {
      watchdog.getOutputStream().close();
      if (watchdog.waitFor(CLOSE_GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (IOException e) {
      // Its end of the pipe is gone, so it is ending.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    watchdog.destroyForcibly();
  }
}
