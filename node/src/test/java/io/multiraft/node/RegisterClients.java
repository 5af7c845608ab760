package io.multiraft.node;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.PutResponse;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.grpc.StatusRuntimeException;
import io.multiraft.node.linearizability.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that read, put and compare-and-set a few keys at a time through random nodes, and
 * remember every operation with its times. They move on to new keys now and then, so that no key's
 * history gets too long to be checked.
 */
final class RegisterClients {
  private static final int KEYS_AT_A_TIME = 3;
  private static final int DEADLINE_SECONDS = 3;

  private final RealCluster cluster;
  private final Map<String, List<Operation>> histories = new HashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger unknown = new AtomicInteger();
  private volatile int epoch;

  RegisterClients(RealCluster cluster, int clients, long seed) {
    this.cluster = cluster;
    for (int client = 0; client < clients; client++) {
      int number = client;
      Thread thread = new Thread(() -> run(number, new Random(seed + number)), "client-" + client);
      threads.add(thread);
      thread.start();
    }
  }

  /** Goes on with other keys. */
  void newKeys() {
    epoch++;
  }

  int done() {
    return done.get();
  }

  int unknown() {
    return unknown.get();
  }

  /** Ends the clients; every operation by its key. */
  Map<String, List<Operation>> end() throws InterruptedException {
    ended.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    return histories;
  }

  private void run(int client, Random random) {
    int number = 0;
    Map<String, Long> versions = new HashMap<>();
    while (!ended.get()) {
      String key = "key-" + epoch + "-" + random.nextInt(KEYS_AT_A_TIME);
      String value = client + "-" + number++;
      KVGrpc.KVBlockingStub kv =
          KVGrpc.newBlockingStub(cluster.channel(random.nextInt(cluster.nodes())))
              .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
      Operation operation =
          switch (random.nextInt(4)) {
            case 0 -> put(kv, client, key, value);
            case 1 -> compareAndSet(kv, client, key, value, versions.getOrDefault(key, 0L));
            default -> read(kv, client, key);
          };
      if (operation != null) {
        record(key, operation);
        versions.put(key, operation.version());
      }
    }
  }

  private synchronized void record(String key, Operation operation) {
    histories.computeIfAbsent(key, ignored -> new ArrayList<>()).add(operation);
    boolean open = operation.outcome() == Operation.Outcome.UNKNOWN;
    (open ? unknown : done).incrementAndGet();
  }

  /** Null when there was no answer: then it says nothing about the register. */
  private static Operation read(KVGrpc.KVBlockingStub kv, int client, String key) {
    long called = System.nanoTime();
    try {
      RangeResponse response =
          kv.range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build());
      long returned = System.nanoTime();
      if (response.getKvsCount() == 0) {
        return Operation.read(client, null, 0, called, returned);
      }
      KeyValue seen = response.getKvs(0);
      String value = seen.getValue().toStringUtf8();
      return Operation.read(client, value, seen.getVersion(), called, returned);
    } catch (StatusRuntimeException e) {
      pause();
      return null;
    }
  }

  private static PutRequest putRequest(String key, String value) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFromUtf8(value))
        .setPrevKv(true)
        .build();
  }

  private static Operation put(KVGrpc.KVBlockingStub kv, int client, String key, String value) {
    long called = System.nanoTime();
    try {
      PutResponse response = kv.put(putRequest(key, value));
      long version = response.hasPrevKv() ? response.getPrevKv().getVersion() + 1 : 1;
      return Operation.put(client, value, version, called, System.nanoTime());
    } catch (StatusRuntimeException e) {
      pause();
      return Operation.unknownPut(client, value, called);
    }
  }

  private static Operation compareAndSet(
      KVGrpc.KVBlockingStub kv, int client, String key, String value, long expected) {
    TxnRequest request =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(ByteString.copyFromUtf8(key))
                    .setTarget(Compare.CompareTarget.VERSION)
                    .setVersion(expected))
            .addSuccess(RequestOp.newBuilder().setRequestPut(putRequest(key, value)))
            .build();
    long called = System.nanoTime();
    try {
      boolean succeeded = kv.txn(request).getSucceeded();
      long returned = System.nanoTime();
      return Operation.compareAndSet(client, expected, value, succeeded, called, returned);
    } catch (StatusRuntimeException e) {
      pause();
      return Operation.unknownCompareAndSet(client, expected, value, called);
    }
  }

  /** A node that is down refuses at once; a client that asks on and on only makes open ends. */
  private static void pause() {
    try {
      Thread.sleep(200);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
