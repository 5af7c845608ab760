package io.multiraft.bench.micro;

import io.multiraft.node.log.Batch;
import io.multiraft.node.log.GroupLog;
import io.multiraft.node.log.MetaRecord;
import io.multiraft.node.log.NioFileLayer;
import io.multiraft.node.log.NodeIdentity;
import io.multiraft.node.log.NodeLog;
import io.multiraft.node.log.NodeLogConfig;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A 256-byte entry to durable: {@link #oneEntry} pays a sync by itself, {@link #manyGroups} shares
 * one between 100 groups, as a turn of an event loop does. Run on the disk that is meant: {@code
 * -jvmArgs -Djava.io.tmpdir=DIR}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LogAppendBenchmark {
  private static final int GROUPS = 100;
  private static final LogEntry ENTRY = LogEntry.of(1, EntryType.APP_LOG, new byte[256]);

  private Path directory;
  private NodeIdentity identity;
  private NodeLog log;
  private final List<GroupLog> groups = new ArrayList<>();

  @Setup
  public void setUp() throws IOException, InterruptedException {
    directory = Files.createTempDirectory("log-append");
    NioFileLayer files = new NioFileLayer();
    identity = NodeIdentity.open(files, directory, 1);
    log =
        NodeLog.open(
            files,
            directory,
            NodeLogConfig.of(identity),
            failure -> {
              throw new IllegalStateException(failure);
            });
    for (int id = 1; id <= GROUPS; id++) {
      GroupLog group =
          log.create(
              new MetaRecord.GroupCreated(id, "", "", "", "Delete", "bootstrap", 1, new byte[0]));
      groups.add(group);
      makeDurable(new Batch(Runnable::run).add(group));
    }
  }

  @TearDown
  public void tearDown() throws IOException {
    log.close();
    identity.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Benchmark
  public void oneEntry() throws InterruptedException {
    makeDurable(append(new Batch(Runnable::run), groups.get(0)));
  }

  @Benchmark
  @OperationsPerInvocation(GROUPS)
  public void manyGroups() throws InterruptedException {
    Batch batch = new Batch(Runnable::run);
    for (GroupLog group : groups) {
      append(batch, group);
    }
    makeDurable(batch);
  }

  private static Batch append(Batch batch, GroupLog group) {
    group.append(group.lastIndex() + 1, List.of(ENTRY));
    return batch.add(group);
  }

  private void makeDurable(Batch batch) throws InterruptedException {
    CountDownLatch durable = new CountDownLatch(1);
    log.submit(batch.onDurable(durable::countDown));
    durable.await();
  }
}
