package io.multiraft.node.api;

import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseKeepAliveResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/** One client's renewals: answered in their order, so many under way at a time. */
final class KeepAliveStream implements StreamObserver<LeaseKeepAliveRequest> {
  private static final int MAX_UNDER_WAY = 256;

  private final GroupEndpoint group;
  private final ServerCallStreamObserver<LeaseKeepAliveResponse> client;
  private final LongFunction<CompletableFuture<Long>> renew;
  private final long timeoutMillis;
  private CompletableFuture<Void> lastAnswer = CompletableFuture.completedFuture(null);
  private boolean ended;

  /**
   * @param renew renews a lease by its id and gives its time to live
   */
  KeepAliveStream(
      GroupEndpoint group,
      ServerCallStreamObserver<LeaseKeepAliveResponse> client,
      LongFunction<CompletableFuture<Long>> renew,
      long timeoutMillis) {
    this.group = group;
    this.client = client;
    this.renew = renew;
    this.timeoutMillis = timeoutMillis;
  }

  void open() {
    client.disableAutoRequest();
    client.setOnCancelHandler(() -> end(null));
    client.request(MAX_UNDER_WAY);
  }

  @Override
  public synchronized void onNext(LeaseKeepAliveRequest request) {
    long id = request.getID();
    CompletableFuture<Long> ttl =
        renew.apply(id).copy().orTimeout(timeoutMillis, TimeUnit.MILLISECONDS);
    lastAnswer =
        lastAnswer
            .thenCombine(ttl, (before, seconds) -> seconds)
            .handle(
                (seconds, failure) -> {
                  answer(id, seconds, failure);
                  return null;
                });
  }

  private synchronized void answer(long id, Long ttlSeconds, Throwable failure) {
    if (ended) {
      return;
    }
    if (failure != null) {
      end(RaftStatus.of(failure).getStatus()); // as etcd: the client begins again
      return;
    }
    client.onNext(
        LeaseKeepAliveResponse.newBuilder()
            .setHeader(Calls.header(group, group.store().revision()))
            .setID(id)
            .setTTL(ttlSeconds)
            .build());
    client.request(1);
  }

  /**
   * @param status null when the client is gone
   */
  private synchronized void end(Status status) {
    if (ended) {
      return;
    }
    ended = true;
    if (status != null && status.isOk()) {
      client.onCompleted();
    } else if (status != null) {
      client.onError(status.asRuntimeException());
    }
  }

  @Override
  public void onError(Throwable failure) {
    end(null);
  }

  @Override
  public synchronized void onCompleted() {
    lastAnswer.thenRun(() -> end(Status.OK));
  }
}
