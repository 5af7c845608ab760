package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.HashKVRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.RangeRequest;
import io.multiraft.node.linearizability.Operation;
import io.multiraft.node.linearizability.RegisterChecker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three real processes on a network of their own, killed, stopped, cut off from each other in one
 * direction or both and on links that lose packets, while clients read and write through all of
 * them: the history of every key is linearizable, every watch sees the same, and in the end all
 * members hold the same. Clock skew is not among the faults: nothing here can give one process
 * another clock than the next.
 */
class FaultsIT {
  private static final int NODES = 3;
  private static final int CLIENTS = 6;
  private static final long MAX_STEPS = 3_000_000;

  /** {@code -Dmultiraft.kill.rounds=N} for longer runs. */
  private static final int ROUNDS = Integer.getInteger("multiraft.kill.rounds", 8);

  @TempDir Path directory;

  private final long seed = Long.getLong("multiraft.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private TestNetwork network;
  private RealCluster cluster;

  private enum Fault {
    KILL,
    STOP,
    CUT_OFF,
    CANNOT_SEND,
    CANNOT_HEAR,
    ONE_LINK,
    LOSS
  }

  @BeforeEach
  void start() throws Exception {
    try {
      network = TestNetwork.create(NODES);
    } catch (Exception e) {
      System.err.println("SKIPPED: no network namespaces here: " + e.getMessage());
      assumeTrue(false, "no network namespaces here: " + e.getMessage());
    }
    cluster = new RealCluster(directory, network, NODES);
  }

  @AfterEach
  void stop() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
    if (network != null) {
      network.close();
    }
  }

  @Test
  void everyHistoryIsLinearizableWhateverHappensToNodesAndLinks() throws Exception {
    RegisterClients clients = new RegisterClients(cluster, CLIENTS, seed);
    try (RevisionWatchers watchers = new RevisionWatchers(cluster)) {
      for (int round = 0; round < ROUNDS; round++) {
        awaitProgress(clients, "before round " + round);
        inject(Fault.values()[round % Fault.values().length], random.nextInt(NODES));
        clients.newKeys();
      }
      awaitProgress(clients, "in the end");
      Map<String, List<Operation>> histories = clients.end();
      System.err.printf(
          "seed %d: %d operations done, %d without an answer, %d keys%n",
          seed, clients.done(), clients.unknown(), histories.size());
      check(histories);
      long revision = awaitSameState();
      watchers.verify(revision, "seed " + seed);
    } finally {
      clients.end();
    }
  }

  private void awaitProgress(RegisterClients clients, String when) {
    int before = clients.done();
    Awaitility.await("operations " + when + ", seed " + seed)
        .atMost(120, TimeUnit.SECONDS)
        .until(
            () -> {
              cluster.connectAtOnce();
              return clients.done() >= before + 100;
            });
  }

  private void inject(Fault fault, int victim) throws Exception {
    int other = (victim + 1) % NODES;
    int third = (victim + 2) % NODES;
    switch (fault) {
      case KILL -> {
        cluster.kill(victim);
        hold();
        cluster.launch(victim);
        cluster.awaitAlive(victim);
      }
      case STOP -> {
        cluster.signal(victim, "STOP");
        hold();
        cluster.signal(victim, "CONT");
      }
      case CUT_OFF -> {
        network.cut(victim, other);
        network.cut(victim, third);
        network.cut(other, victim);
        network.cut(third, victim);
        hold();
      }
      case CANNOT_SEND -> {
        network.cut(victim, other);
        network.cut(victim, third);
        hold();
      }
      case CANNOT_HEAR -> {
        network.cut(other, victim);
        network.cut(third, victim);
        hold();
      }
      case ONE_LINK -> {
        network.cut(victim, other);
        network.cut(other, victim);
        hold();
      }
      case LOSS -> {
        if (network.mayLose()) {
          network.lose(victim);
          hold();
        }
      }
    }
    network.heal();
  }

  /** Long enough for an election, sometimes long enough for two. */
  private void hold() throws InterruptedException {
    Thread.sleep(800 + random.nextInt(1_500));
  }

  private void check(Map<String, List<Operation>> histories) throws Exception {
    for (Map.Entry<String, List<Operation>> history : new TreeMap<>(histories).entrySet()) {
      Optional<String> violation = RegisterChecker.check(history.getValue(), MAX_STEPS);
      if (violation.isPresent()) {
        Path kept = Files.createTempFile("multiraft-history-", ".txt");
        Files.write(kept, history.getValue().stream().map(Operation::toString).toList());
        throw new AssertionError(
            "seed "
                + seed
                + ", "
                + history.getKey()
                + " (all of it: "
                + kept
                + ")\n"
                + violation.get());
      }
    }
  }

  /** Every member answers a read of all keys at one revision, and hashes it to the same number. */
  private long awaitSameState() {
    long revision = 0;
    for (int node = 0; node < NODES; node++) {
      revision =
          KVGrpc.newBlockingStub(cluster.channel(node))
              .withWaitForReady()
              .withDeadlineAfter(60, TimeUnit.SECONDS)
              .range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("any")).build())
              .getHeader()
              .getRevision();
    }
    HashKVRequest request = HashKVRequest.newBuilder().setRevision(revision).build();
    int[] hashes = new int[NODES];
    for (int node = 0; node < NODES; node++) {
      hashes[node] =
          MaintenanceGrpc.newBlockingStub(cluster.channel(node))
              .withWaitForReady()
              .withDeadlineAfter(60, TimeUnit.SECONDS)
              .hashKV(request)
              .getHash();
    }
    assertThat(hashes).as("seed " + seed).containsOnly(hashes[0]);
    return revision;
  }
}
