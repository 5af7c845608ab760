package io.multiraft.node.log;

import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.LogEntry;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How long a start takes with many groups and much log, and what an idle group costs in memory; not
 * a test, the figures are in docs/storage.md. Arguments: a directory (what an earlier run left
 * there is opened again), groups, MiB of log, bytes of an entry.
 */
public final class RecoveryMeasurement {
  private static final int GROUPS_PER_BATCH = 256;

  private RecoveryMeasurement() {}

  /** Writes the log, then opens it three times. */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    int groups = Integer.parseInt(args[1]);
    long logBytes = Long.parseLong(args[2]) << 20;
    int entryBytes = Integer.parseInt(args[3]);
    if (!Files.exists(directory.resolve(NodeLog.DIRECTORY_NAME))) {
      write(directory, groups, logBytes, entryBytes);
    }
    for (int run = 1; run <= 3; run++) {
      open(directory, run);
    }
  }

  private static void write(Path directory, int groups, long logBytes, int entryBytes)
      throws Exception {
    NioFileLayer files = new NioFileLayer();
    try (NodeIdentity identity = NodeIdentity.open(files, directory, 1);
        NodeLog log =
            NodeLog.open(files, directory, NodeLogConfig.of(identity), e -> e.printStackTrace())) {
      List<GroupLog> logs = new ArrayList<>();
      for (int id = 1; id <= groups; id++) {
        logs.add(
            log.create(
                new MetaRecord.GroupCreated(
                    id,
                    "3f0c5a5e-7f43-4d8a-9a77-" + (100_000_000_000L + id),
                    "tenant-" + id,
                    "production",
                    "Delete",
                    "BOOTSTRAP",
                    1,
                    new byte[330])));
      }
      int next = 0;
      long startNanos = System.nanoTime();
      while (log.metrics().bytes() < logBytes) {
        Batch batch = new Batch(Runnable::run);
        for (int i = 0; i < GROUPS_PER_BATCH; i++) {
          GroupLog group = logs.get(next++ % groups);
          long index = group.lastIndex() + 1;
          LogEntry entry = LogEntry.of(1, EntryType.APP_LOG, new byte[entryBytes]);
          group.append(index, List.of(entry));
          group.stage(new HardState(1, 1, index - 1));
          batch.add(group);
        }
        log.submit(batch);
        while (log.overloaded()) {
          TimeUnit.MILLISECONDS.sleep(1);
        }
      }
      System.out.printf(
          "wrote %d MiB, %d groups, in %d ms%n",
          log.metrics().bytes() >> 20,
          groups,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
    }
  }

  private static void open(Path directory, int run) throws Exception {
    NioFileLayer files = new NioFileLayer();
    long before = usedBytes();
    try (NodeIdentity identity = NodeIdentity.open(files, directory, 1)) {
      long startNanos = System.nanoTime();
      long startCpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      try (NodeLog log =
          NodeLog.open(files, directory, NodeLogConfig.of(identity), e -> e.printStackTrace())) {
        long nanos = System.nanoTime() - startNanos;
        long cpuNanos =
            ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - startCpuNanos;
        long entries =
            log.recovered().groups().stream().mapToLong(group -> group.log().lastIndex()).sum();
        int groups = log.recovered().groups().size();
        System.out.printf(
            "start %d: %d groups, %d entries in %d ms, of which %d ms CPU; %d bytes of heap for each group, %d of them positions%n",
            run,
            groups,
            entries,
            TimeUnit.NANOSECONDS.toMillis(nanos),
            TimeUnit.NANOSECONDS.toMillis(cpuNanos),
            (usedBytes() - before) / groups,
            8 * entries / groups);
      }
    }
  }

  private static long usedBytes() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
