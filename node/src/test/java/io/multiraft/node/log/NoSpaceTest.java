package io.multiraft.node.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.multiraft.node.raft.HardState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Too little space is seen before it is none (node rule 14). */
class NoSpaceTest {
  private static final long RESERVE_BYTES = 4 << 20;

  @TempDir Path parent;

  @Test
  void theLogSaysSoAndWhatFreesSpaceStillWorks() throws Exception {
    Path directory = Path.of("/data");
    SimulatedFiles files = new SimulatedFiles();
    NodeIdentity identity = NodeIdentity.open(files, directory, 1);
    SteppedDrive drive = new SteppedDrive();
    NodeLogConfig config =
        new NodeLogConfig(identity, 4096, 1 << 20, 100, 100, 1 << 20, RESERVE_BYTES);
    try (NodeLog log = NodeLog.open(files, directory, config, drive, NoSpaceTest::unexpected)) {
      GroupLog group = log.create(NodeLogTest.created(1, 1));
      for (int i = 1; i <= 20; i++) {
        group.append(i, NodeLogTest.entries(1, i, 1, 1000));
        submit(log, drive, group);
      }
      assertThat(log.noSpace()).isFalse();
      files.usableBytes(RESERVE_BYTES - 1);
      assertThat(log.checkSpace()).isTrue();
      assertThat(log.noSpace()).isTrue();
      group.stage(new HardState(7, 2, 20));
      group.compact(21, Workload.snapshot(20, 1));
      submit(log, drive, group);
      assertThat(log.metrics().segments()).as("old segments went").isEqualTo(1);
      log.submit(new Batch(Runnable::run).add(new MetaRecord.GroupRemoved(1, "uid-1")));
      drive.step();
      files.usableBytes(RESERVE_BYTES);
      submit(log, drive, log.create(NodeLogTest.created(2, 1)));
      assertThat(log.noSpace()).as("seen with the next sync").isFalse();
    }
  }

  /** A real file system that is really full; needs the right to mount one. */
  @Test
  void aReallyFullFileSystem() throws Exception {
    Path mount = Files.createDirectory(parent.resolve("full"));
    if (!run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", mount.toString())) {
      System.err.println("NoSpaceTest.aReallyFullFileSystem is SKIPPED: may not mount a tmpfs");
      assumeTrue(false, "may not mount a tmpfs");
    }
    try {
      fillAndRecover(mount.resolve("data"), mount.resolve("ballast"));
    } finally {
      assertThat(run("umount", mount.toString())).isTrue();
    }
  }

  private static void fillAndRecover(Path directory, Path ballast) throws Exception {
    NioFileLayer files = new NioFileLayer();
    SteppedDrive drive = new SteppedDrive();
    try (NodeIdentity identity = NodeIdentity.open(files, directory, 1)) {
      NodeLogConfig config =
          new NodeLogConfig(identity, 1 << 20, 1 << 20, 0, 0, 1 << 30, RESERVE_BYTES);
      SnapshotStore snapshots = SnapshotStore.open(files, directory, RESERVE_BYTES);
      try (NodeLog log = NodeLog.open(files, directory, config, drive, NoSpaceTest::unexpected)) {
        GroupLog group = log.create(NodeLogTest.created(1, 1));
        while (!log.noSpace()) {
          group.append(group.lastIndex() + 1, NodeLogTest.entries(1, 1, 1, 100_000));
          group.stage(new HardState(1, 1, group.lastIndex()));
          submit(log, drive, group);
        }
        assertThat(group.lastIndex()).as("entries that found room").isGreaterThan(100);
        assertThatThrownBy(() -> snapshots.write(1, "uid", Workload.snapshot(5, 1)))
            .isInstanceOf(NoSpaceException.class);
        Files.write(ballast, new byte[(int) (files.usableBytes(directory) - (2 << 20))]);
        for (int term = 2; term < 100; term++) {
          group.stage(new HardState(term, 1, group.lastIndex()));
          submit(log, drive, group);
        }
        long last = group.lastIndex();
        group.compact(last + 1, Workload.snapshot(last, 1));
        submit(log, drive, group);
        assertThat(log.metrics().segments()).isLessThanOrEqualTo(2);
        assertThat(log.checkSpace()).as("compaction freed what was short").isFalse();
        group.append(last + 1, NodeLogTest.entries(99, 1, 1, 1000));
        submit(log, drive, group);
      }
      try (NodeLog log =
          NodeLog.open(files, directory, config, new SteppedDrive(), NoSpaceTest::unexpected)) {
        GroupLog group = log.recovered().groups().get(0).log();
        assertThat(group.hardState().term()).isEqualTo(99);
        assertThat(group.lastIndex()).isEqualTo(group.firstIndex());
      }
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  private static void submit(NodeLog log, SteppedDrive drive, GroupLog group) {
    log.submit(new Batch(Runnable::run).add(group));
    while (drive.step()) {
      continue;
    }
  }

  private static void unexpected(Throwable e) {
    throw new AssertionError(e);
  }
}
