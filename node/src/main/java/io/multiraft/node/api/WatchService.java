package io.multiraft.node.api;

import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** etcd's Watch: served by every member from what it has applied itself. */
final class WatchService extends WatchGrpc.WatchImplBase {
  private final Executor workers;

  /** Open streams, with how long each has gone without a leader that it needs, in milliseconds. */
  private final Map<WatchStream, Long> streams = new ConcurrentHashMap<>();

  WatchService(Executor workers) {
    this.workers = workers;
  }

  @Override
  public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    boolean needsLeader = GroupChooser.NEEDS_LEADER.get();
    WatchStream[] opened = new WatchStream[1];
    opened[0] =
        new WatchStream(
            group,
            (ServerCallStreamObserver<WatchResponse>) observer,
            workers,
            () -> streams.remove(opened[0]));
    streams.put(opened[0], needsLeader ? 0L : -1L);
    opened[0].open();
    return opened[0];
  }

  /** Streams that asked for it learn how far they are. */
  void tellProgress() {
    streams.keySet().forEach(WatchStream::tellProgress);
  }

  /** Ends streams that need a leader and have had none for too long. */
  void checkLeaders(long passedMillis, long maxLeaderlessMillis) {
    streams.replaceAll(
        (stream, millis) -> {
          boolean led = stream.group().server().status().leaderServerId().isPresent();
          return millis < 0 ? millis : led ? 0 : millis + passedMillis;
        });
    streams.forEach(
        (stream, millis) -> {
          if (millis > maxLeaderlessMillis) {
            stream.end(Optional.of(Status.UNAVAILABLE.withDescription("etcdserver: no leader")));
          }
        });
  }
}
