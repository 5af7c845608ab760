package io.multiraft.local.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The children of this run on disk, so that the next run can end what was left of them. A line is
 * {@code PID START_MILLIS NAME}; the start time tells our child from another process that got its
 * number. Thread-safe.
 */
final class PidFile {
  /** Clocks are read with a granularity of a second on some systems. */
  private static final Duration START_TOLERANCE = Duration.ofSeconds(2);

  private static final long END_TIMEOUT_SECONDS = 5;

  private final Path file;
  private final Map<Long, String> lines = new LinkedHashMap<>();

  PidFile(Path file) {
    this.file = file;
  }

  synchronized void add(Process process, String name) {
    Instant start = process.info().startInstant().orElse(Instant.EPOCH);
    lines.put(process.pid(), process.pid() + " " + start.toEpochMilli() + " " + name);
    write();
  }

  synchronized void remove(long pid) {
    if (lines.remove(pid) != null) {
      write();
    }
  }

  private void write() {
    try {
      Files.write(file, lines.values());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the processes of an earlier run that are still there; answers their names. */
  synchronized List<String> endLeftovers() {
    List<ProcessHandle> ours = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (String line : read()) {
      String[] fields = line.split(" ", 3);
      if (fields.length == 3) {
        find(fields[0], fields[1])
            .ifPresent(
                handle -> {
                  ours.add(handle);
                  names.add(fields[2]);
                });
      }
    }
    ours.forEach(ProcessHandle::destroy);
    for (ProcessHandle handle : ours) {
      handle
          .onExit()
          .completeOnTimeout(handle, END_TIMEOUT_SECONDS, TimeUnit.SECONDS)
          .thenAccept(ProcessHandle::destroyForcibly)
          .join();
    }
    write();
    return names;
  }

  private List<String> read() {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<ProcessHandle> find(String pid, String startMillis) {
    try {
      Instant start = Instant.ofEpochMilli(Long.parseLong(startMillis));
      return ProcessHandle.of(Long.parseLong(pid))
          .filter(
              handle ->
                  handle
                      .info()
                      .startInstant()
                      .filter(
                          found ->
                              Duration.between(start, found).abs().compareTo(START_TOLERANCE) <= 0)
                      .isPresent());
    } catch (NumberFormatException e) {
      return Optional.empty(); // a line cut off by a crash
    }
  }
}
