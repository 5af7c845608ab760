package io.multiraft.node.api;

import io.etcd.jetcd.api.ResponseHeader;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.multiraft.node.GroupStatus;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the services share: bounded waits, answers, headers. */
final class Calls {
  private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

  private final Executor executor;
  private final long requestTimeoutMillis;

  Calls(Executor executor, long requestTimeoutMillis) {
    this.executor = executor;
    this.requestTimeoutMillis = requestTimeoutMillis;
  }

  long requestTimeoutMillis() {
    return requestTimeoutMillis;
  }

  /** Answers with the value, or with the status of what was thrown. */
  <T> void answer(StreamObserver<T> observer, Callable<T> work) {
    T response;
    try {
      response = work.call();
    } catch (Exception e) {
      fail(observer, e);
      return;
    }
    observer.onNext(response);
    observer.onCompleted();
  }

  /**
   * Answers once the future is done, on the executor, or when the wait is over. The node's own
   * future is left alone: what it stands for goes on, and is never started again.
   */
  <S, T> void answerLater(
      StreamObserver<T> observer, CompletableFuture<S> future, Work<S, T> work) {
    future
        .copy()
        .orTimeout(requestTimeoutMillis, TimeUnit.MILLISECONDS)
        .whenCompleteAsync(
            (value, failure) -> {
              if (isCancelled(observer)) {
                return;
              }
              if (failure != null) {
                fail(observer, failure);
              } else {
                answer(observer, () -> work.apply(value));
              }
            },
            executor);
  }

  /** Turns the value of a future into an answer. */
  interface Work<S, T> {
    T apply(S value) throws Exception;
  }

  private static boolean isCancelled(StreamObserver<?> observer) {
    return observer instanceof ServerCallStreamObserver<?> call && call.isCancelled();
  }

  private static void fail(StreamObserver<?> observer, Throwable failure) {
    var status = RaftStatus.of(failure);
    if (status.getStatus().getCode() == Status.Code.INTERNAL) {
      LOG.error("A client's request failed", failure);
    }
    observer.onError(status);
  }

  /** The header of an answer of this group at the revision. */
  static ResponseHeader header(GroupEndpoint group, long revision) {
    GroupStatus status = group.server().status();
    return ResponseHeader.newBuilder()
        .setClusterId(clusterId(status.uid()))
        .setMemberId(status.serverId())
        .setRevision(revision)
        .setRaftTerm(status.term())
        .build();
  }

  /** A number that stays the same for a group and differs between groups: 64-bit FNV-1a. */
  static long clusterId(String uid) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : uid.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }
}
