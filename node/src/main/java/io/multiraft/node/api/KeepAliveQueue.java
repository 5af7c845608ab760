package io.multiraft.node.api;

import io.multiraft.node.RaftServer;
import io.multiraft.node.kv.KvCommand;
import io.multiraft.node.kv.KvResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Renewals of one group's leases. They go through the log, so that every member knows of them
 * (docs/decisions), but never more than one command of this node at a time: what arrives meanwhile
 * shares the next one.
 */
final class KeepAliveQueue {
  private static final int MAX_LEASES = 1_000;

  private record Renewal(long leaseId, CompletableFuture<Long> ttlSeconds) {}

  private final RaftServer server;
  private final Runnable onIdle;
  private final List<Renewal> waiting = new ArrayList<>();
  private boolean underWay;
  private boolean retired;

  /**
   * @param onIdle told once, when nothing waits any more and nothing more is taken
   */
  KeepAliveQueue(RaftServer server, Runnable onIdle) {
    this.server = server;
    this.onIdle = onIdle;
  }

  /**
   * Renews a lease; completes with its time to live, or with 0 when it is not there.
   *
   * @return false when this queue takes nothing more
   */
  boolean renew(long leaseId, CompletableFuture<Long> ttlSeconds) {
    synchronized (this) {
      if (retired) {
        return false;
      }
      waiting.add(new Renewal(leaseId, ttlSeconds));
      if (underWay) {
        return true;
      }
      underWay = true;
    }
    next();
    return true;
  }

  private void next() {
    List<Renewal> batch;
    synchronized (this) {
      int size = Math.min(waiting.size(), MAX_LEASES);
      batch = List.copyOf(waiting.subList(0, size));
      waiting.subList(0, size).clear();
      retired = batch.isEmpty();
    }
    if (batch.isEmpty()) {
      onIdle.run();
      return;
    }
    List<Long> ids = batch.stream().map(Renewal::leaseId).toList();
    server
        .append(new KvCommand.LeaseKeepAlive(ids).encode())
        .whenComplete(
            (result, failure) -> {
              answer(batch, result, failure);
              next();
            });
  }

  private static void answer(List<Renewal> batch, byte[] result, Throwable failure) {
    long[] ttls = null;
    Throwable why = failure;
    if (why == null) {
      try {
        ttls = KvResult.decodeNumbers(result, batch.size());
      } catch (RuntimeException e) {
        why = e;
      }
    }
    for (int i = 0; i < batch.size(); i++) {
      CompletableFuture<Long> waits = batch.get(i).ttlSeconds;
      if (why == null) {
        waits.complete(ttls[i]);
      } else {
        waits.completeExceptionally(why);
      }
    }
  }
}
