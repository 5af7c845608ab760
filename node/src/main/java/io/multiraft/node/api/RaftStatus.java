package io.multiraft.node.api;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.multiraft.node.RaftException;
import io.multiraft.node.kv.KvException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/**
 * Failures as gRPC statuses with etcd's codes and texts.
 *
 * <p>None of them makes etcd's clients send a write again: they repeat a write only when no
 * connection could be made, which they know from texts of their own.
 */
final class RaftStatus {
  private RaftStatus() {}

  static StatusRuntimeException of(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof StatusRuntimeException status) {
      return status;
    } else if (cause instanceof StatusException status) {
      return status.getStatus().asRuntimeException();
    } else if (cause instanceof KvException refusal) {
      return Status.fromCode(refusal.error().code())
          .withDescription(refusal.error().text())
          .asRuntimeException();
    } else if (cause instanceof RaftException raft) {
      return of(raft).withCause(raft).asRuntimeException();
    } else if (cause instanceof TimeoutException) {
      return Status.UNAVAILABLE
          .withDescription("etcdserver: request timed out")
          .asRuntimeException();
    }
    return Status.INTERNAL
        .withDescription("the node failed to answer, its log says why")
        .withCause(cause)
        .asRuntimeException();
  }

  private static Status of(RaftException failure) {
    return switch (failure.reason()) {
      case NOT_LEADER -> Status.UNAVAILABLE.withDescription("etcdserver: leader changed");
      case NO_LEADER -> Status.UNAVAILABLE.withDescription("etcdserver: no leader");
      case OVERLOADED -> Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: too many requests");
      case NO_SPACE ->
          Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: mvcc: database space exceeded");
      case UNKNOWN_OUTCOME -> Status.UNAVAILABLE.withDescription("etcdserver: request timed out");
      case STOPPED -> Status.UNAVAILABLE.withDescription("etcdserver: server stopped");
    };
  }
}
