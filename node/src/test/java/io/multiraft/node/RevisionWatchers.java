package io.multiraft.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A watch of all keys through each node, begun again where it was whenever it breaks. Every
 * revision of the test is one change of one key, so a watch that misses nothing sees every
 * revision.
 */
final class RevisionWatchers implements AutoCloseable {
  private static final ByteString ALL = ByteString.copyFrom(new byte[1]);
  private static final long FIRST_REVISION = 2;

  private final List<Watcher> watchers = new ArrayList<>();
  private final ScheduledExecutorService retries = Executors.newSingleThreadScheduledExecutor();

  RevisionWatchers(RealCluster cluster) {
    for (int node = 0; node < cluster.nodes(); node++) {
      Watcher watcher = new Watcher(cluster, node);
      watchers.add(watcher);
      watcher.begin();
    }
  }

  private final class Watcher {
    private final RealCluster cluster;
    private final int node;
    private final List<String> seen = new ArrayList<>();
    private String wrong = "";

    Watcher(RealCluster cluster, int node) {
      this.cluster = cluster;
      this.node = node;
    }

    synchronized void begin() {
      long from = FIRST_REVISION + seen.size();
      StreamObserver<WatchRequest> requests =
          WatchGrpc.newStub(cluster.channel(node))
              .watch(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(WatchResponse response) {
                      take(response);
                    }

                    @Override
                    public void onError(Throwable failure) {
                      again();
                    }

                    @Override
                    public void onCompleted() {
                      again();
                    }
                  });
      requests.onNext(
          WatchRequest.newBuilder()
              .setCreateRequest(
                  WatchCreateRequest.newBuilder()
                      .setKey(ALL)
                      .setRangeEnd(ALL)
                      .setStartRevision(from))
              .build());
    }

    private void again() {
      if (!retries.isShutdown()) {
        retries.schedule(this::begin, 200, TimeUnit.MILLISECONDS);
      }
    }

    private synchronized void take(WatchResponse response) {
      for (Event event : response.getEventsList()) {
        long expected = FIRST_REVISION + seen.size();
        if (event.getKv().getModRevision() != expected && wrong.isEmpty()) {
          wrong = "revision " + event.getKv().getModRevision() + " instead of " + expected;
        }
        seen.add(
            event.getKv().getKey().toStringUtf8()
                + " v"
                + event.getKv().getVersion()
                + " "
                + event.getKv().getValue().toStringUtf8());
      }
    }

    synchronized int count() {
      return seen.size();
    }

    synchronized List<String> result(String what) {
      assertThat(wrong).as("watch through node %d, %s", node, what).isEmpty();
      return List.copyOf(seen);
    }
  }

  /** Every watch has seen every revision once and in order, and all have seen the same. */
  void verify(long lastRevision, String what) {
    int count = (int) (lastRevision - FIRST_REVISION + 1);
    for (Watcher watcher : watchers) {
      Awaitility.await("watch through node " + watcher.node + ", " + what)
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> watcher.count() >= count);
      assertThat(watcher.result(what).subList(0, count))
          .as("watch through node %d, %s", watcher.node, what)
          .isEqualTo(watchers.get(0).result(what).subList(0, count));
    }
  }

  @Override
  public void close() {
    retries.shutdownNow();
  }
}
