package io.multiraft.node.api;

import io.etcd.jetcd.api.ResponseHeader;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.multiraft.node.GroupStatus;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the services share: bounded waits, answers, headers. */
final class Calls {
  private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

  /** A put's or a delete's fits; a transaction's or a long list does not. */
  private static final int MAX_INLINE_RESULT_BYTES = 1_024;

  private final Deadlines deadlines = new Deadlines();
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
    Answer<S, T> answer = new Answer<>(observer, work);
    future.whenCompleteAsync(answer, executor);
  }

  /**
   * Answers a write like {@link #answerLater}; a small result on the thread that has it, since
   * handing it to another would cost more than the answer.
   */
  <T> void answerWrite(
      StreamObserver<T> observer, CompletableFuture<byte[]> future, Work<byte[], T> work) {
    Answer<byte[], T> answer = new Answer<>(observer, work);
    future.whenComplete(
        (result, failure) -> {
          if (result != null && result.length > MAX_INLINE_RESULT_BYTES) {
            executor.execute(() -> answer.accept(result, failure));
          } else {
            answer.accept(result, failure);
          }
        });
  }

  /** How often {@link #endLateWaits} must be called. */
  long stepMillis() {
    return Deadlines.stepMillis(requestTimeoutMillis);
  }

  /** Answers calls that have waited too long. */
  void endLateWaits() {
    deadlines.step();
  }

  /** An answer that is given once: with what the future says, or because that took too long. */
  private final class Answer<S, T> extends AtomicBoolean
      implements BiConsumer<S, Throwable>, Deadlines.Waiting {
    private static final long serialVersionUID = 1;

    private final transient StreamObserver<T> observer;
    private final transient Work<S, T> work;
    private final transient Set<Deadlines.Waiting> begun;

    Answer(StreamObserver<T> observer, Work<S, T> work) {
      this.observer = observer;
      this.work = work;
      this.begun = deadlines.begin(this);
    }

    @Override
    public void accept(S value, Throwable failure) {
      Deadlines.end(this, begun);
      give(value, failure);
    }

    private void give(S value, Throwable failure) {
      if (getAndSet(true) || isCancelled(observer)) {
        return;
      }
      if (failure != null) {
        fail(observer, failure);
      } else {
        answer(observer, () -> work.apply(value));
      }
    }

    @Override
    public void timedOut() {
      executor.execute(() -> give(null, new TimeoutException()));
    }
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
