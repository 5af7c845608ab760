package io.multiraft.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the kernel says of a process.
 *
 * @param cpuNanos of all its threads, user and system
 */
record ProcessStats(long cpuNanos, long residentBytes, int threads) {
  private static final long NANOS_PER_TICK = 10_000_000; // USER_HZ is 100 on Linux

  /** Fields of stat behind the command, which may hold blanks and ends with the last ')'. */
  private static final int UTIME = 11;

  private static final int STIME = 12;

  static ProcessStats of(long pid) throws IOException {
    Path proc = Path.of("/proc", Long.toString(pid));
    String stat = Files.readString(proc.resolve("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    List<String> status = Files.readAllLines(proc.resolve("status"));
    return new ProcessStats(
        (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME])) * NANOS_PER_TICK,
        number(status, "VmRSS:") << 10,
        (int) number(status, "Threads:"));
  }

  private static long number(List<String> status, String name) {
    for (String line : status) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.substring(name.length()).replaceAll("[^0-9]", ""));
      }
    }
    throw new IllegalStateException("no " + name + " in a process's status");
  }
}
